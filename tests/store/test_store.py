"""The store: whole or not at all, one writer a seed."""

import json
import shutil
from pathlib import Path

import pytest

from runner.console.errors import ConfigError
from runner.store.seal import checksum, sealed_yaml
from runner.store.store import Store

TOOK = {"seconds": 1.0, "stack_size": 1, "peak_memory_bytes": 1}
QUESTION, CHOICES = {"noise": 0.6, "loss": {"part": "loss/CE"}}, {"loss": "ce"}


@pytest.fixture
def cell(tmp_path):
    return Store(tmp_path / "results of Zoë").cell(QUESTION, CHOICES)


def finish(record, state="done", data="some data"):
    record.cell.write(data)
    record.start({"commit": None}, "python -m runner seed=0")
    record.append({"epoch": 1, "test/accuracy": 0.5})
    record.end(state, TOOK, cause=None)


def test_what_is_written_is_read(cell):
    record = cell.seed(3).claim()
    finish(record)
    (again,) = Store(cell.path.parents[1]).cells()
    assert (again.question, again.choices, again.seeds()) == (QUESTION, CHOICES, [3])
    seed = again.seed(3)
    assert seed.finished
    assert seed.rows() == [{"epoch": 1, "test/accuracy": 0.5}]
    assert seed.provenance() == {"commit": None, **TOOK}
    status = seed.status()
    assert status["command"] == "python -m runner seed=0"
    assert status["selected"]["last"] == {"epoch": 1, "test/accuracy": 0.5}
    assert again.path == cell.path


def test_the_layout_is_the_documented_one(cell):
    finish(cell.seed(0).claim())
    assert {f.name for f in cell.path.iterdir()} == {"config.yaml", "seed=0"}
    assert {f.name for f in (cell.path / "seed=0").iterdir()} == {"rows.jsonl", "status.json", "provenance.json"}


def test_a_store_can_be_moved(cell, tmp_path):
    finish(cell.seed(0).claim())
    cell.store.root.rename(tmp_path / "elsewhere")
    (moved,) = Store(tmp_path / "elsewhere").cells()
    assert moved.seed(0).finished
    assert moved.path == tmp_path / "elsewhere" / "cells" / cell.path.name


def edited(file, old, new):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


CONFIGS = {
    "empty": lambda file: file.write_text(""),
    "missing": lambda file: file.unlink(),
    "cut": lambda file: file.write_bytes(file.read_bytes()[:-20]),
    "folder": lambda file: (file.unlink(), file.mkdir()),
    "unreadable": lambda file: (file.unlink(), file.symlink_to(file.name)),
    "binary": lambda file: file.write_bytes(bytes(range(256))),
    "deep": lambda file: file.write_text("[" * 100_000),
    "a choice": lambda file: edited(file, "loss: ce", "loss: gce"),
    "a number": lambda file: edited(file, "noise: 0.6", "noise: 0.2"),
    "the data": lambda file: edited(file, "some data", "fine data"),
    "of another": lambda file: file.write_text(sealed_yaml({"choices": {}, "data_sha256": "", "question": {"a": 1}})),
    "sealed and deep": lambda file: file.write_text(f'checksum: "{checksum(DEEP.encode())}"\n{DEEP}'),
}
DEEP = "- " * 100_000 + "x\n"


@pytest.mark.parametrize("damage", CONFIGS.values(), ids=CONFIGS)
def test_a_cell_that_is_not_what_its_name_says_is_left_out_and_written_anew(cell, damage):
    finish(cell.seed(0).claim())
    file = cell.path / "config.yaml"
    before = file.read_bytes()
    damage(file)
    store = Store(cell.store.root)
    whole, left = store.survey()
    assert whole == []
    assert [path for path, _ in left] == [cell.path]
    assert "config.yaml" in left[0].why
    again = store.cell(QUESTION, CHOICES)
    assert again.seed(0).finished  # it says itself whose it is
    assert "written anew" in again.mend()
    assert file.read_bytes() == before
    assert again.mend() == ""
    assert [c.path for c in store.cells()] == [cell.path]


def test_without_a_finished_seed_a_damaged_config_is_written_with_the_next(cell):
    cell.write("old data")
    (cell.path / "config.yaml").write_text("{")
    assert cell.mend() == ""
    cell.write("0" * 64)
    assert cell.kept()["data_sha256"] == "0" * 64


def test_what_is_no_cell_and_no_seed_is_named_and_not_counted(cell):
    finish(cell.seed(0).claim())
    finish(cell.seed(10).claim())
    root = cell.store.root
    for name in ("seed=-1", "seed=0.bak", "seed=00", "seed=", "seed=x", "seed=\u0661"):
        shutil.copytree(cell.path / "seed=0", cell.path / name)
    shutil.copytree(cell.path, root / "cells" / f"{cell.path.name}.bak")
    shutil.copytree(cell.path, root / "cells" / ("0" * 20))
    (root / "cells" / "notes.txt").write_text("")
    (root / "cells" / ".hidden").write_text("")
    whole, left = Store(root).survey()
    assert [(c.path.name, c.seeds()) for c in whole] == [(cell.path.name, [0, 10])]
    assert {path.name for path, _ in left} == {
        "seed=-1", "seed=0.bak", "seed=00", "seed=", "seed=x", "seed=\u0661", f"{cell.path.name}.bak", "0" * 20,
        "notes.txt", ".hidden",
    }  # fmt: skip


def test_a_seed_with_nothing_in_its_folder_was_never_begun(cell):
    finish(cell.seed(0).claim())
    cell.seed(999).path.mkdir()
    cell.seed(7).path.touch()  # no folder: damaged
    assert cell.seeds() == [0, 7]
    assert cell.seed(7).status()["state"] == "damaged"


@pytest.mark.parametrize("what", ["another seed", "another cell", "other data"])
def test_a_seed_that_does_not_belong_to_its_place_is_damaged(cell, what, tmp_path):
    finish(cell.seed(0).claim())
    other = Store(tmp_path / "other").cell(QUESTION | ({"noise": 0.2} if what == "another cell" else {}), CHOICES)
    finish(other.seed(1).claim(), data="other data" if what == "other data" else "some data")
    into = cell.path / ("seed=2" if what == "another seed" else "seed=1")
    shutil.copytree(other.path / "seed=1", into)
    status = cell.seed(int(into.name[-1])).checked()
    assert status["state"] == "damaged"
    assert ("other data" if what == "other data" else "is of another seed, 1 of cell") in status["cause"]


def test_a_number_that_was_edited_is_noticed(cell):
    finish(cell.seed(0).claim())
    edited(cell.path / "seed=0" / "status.json", '"test/accuracy": 0.5', '"test/accuracy": 0.6')
    status = cell.seed(0).status()
    assert status == {"state": "damaged", "cause": "status.json is not what was written"}
    assert finish(cell.seed(0).claim()) is None
    assert cell.seed(0).status()["selected"]["last"]["test/accuracy"] == 0.5


@pytest.mark.parametrize("state", ["done", "diverged"])
def test_an_outcome_is_not_claimed_again(cell, state):
    finish(cell.seed(0).claim(), state)
    assert cell.seed(0).claim() is None


@pytest.mark.parametrize("state", ["failed", "planned"])
def test_what_did_not_finish_begins_anew(cell, state):
    finish(cell.seed(0).claim(), state)
    record = cell.seed(0).claim()
    record.start({}, "again")
    assert record.rows() == []
    assert record.status()["state"] == "running"
    record.end("done", {})


def test_what_goes_on_keeps_its_rows_up_to_there(cell):
    record = cell.seed(0).claim()
    record.start({}, "")
    for epoch in range(1, 6):
        record.append({"epoch": epoch})
        if epoch == 3:
            size, written = record.so_far()
    record.end("planned", {})
    record = cell.seed(0).claim()
    assert record.begins_with(size, written)
    assert not record.begins_with(size, written[::-1])
    record.start({}, "again", rows=size)
    record.append({"epoch": 4})
    record.end("done", {})
    assert [row["epoch"] for row in record.rows()] == [1, 2, 3, 4]


@pytest.mark.parametrize("name", ["rows.jsonl", "provenance.json", "portrait.json", "examples.json", "network.pt"])
@pytest.mark.parametrize("how", ["lost", "longer", "folder"])
def test_every_file_of_a_finished_seed_counts(cell, name, how):
    record = cell.seed(0).claim()
    record.cell.write("some data")
    record.start({}, "")
    record.append({"epoch": 1})
    record.keep_diagnostics({"a": 1})
    record.keep_examples({"test": "a hash"})
    record.keep_network(b"numbers")
    record.end("done", {})
    assert record.checked()["state"] == "done"
    file = record.path / name
    contents = file.read_bytes()
    file.unlink()
    if how == "longer":
        file.write_bytes(contents + b" ")
    if how == "folder":
        file.mkdir()
    assert record.status() == {"state": "damaged", "cause": f"{name} is not what was written"}
    again = cell.seed(0).claim()
    finish(again)
    assert again.checked()["state"] == "done"


def test_a_claim_given_up_leaves_no_trace(cell):
    cell.seed(0).claim().abandon()
    assert not cell.path.parents[1].exists()
    finish(cell.seed(1).claim())
    cell.seed(0).claim().abandon()
    assert cell.seeds() == [1]


def test_other_data_under_the_same_question_are_refused(cell):
    finish(cell.seed(0).claim())
    cell.write("some data")
    with pytest.raises(ConfigError, match=r"the data set has changed .* another processor or library"):
        cell.write("other data")


@pytest.mark.parametrize("damage", ["", "{", '{"state": "do', "\x00\x00", "{}", "[]", "null", "7", "[" * 100_000])
def test_a_damaged_status_is_noticed_and_computed_again(cell, damage):
    finish(cell.seed(0).claim())
    (cell.path / "seed=0" / "status.json").write_text(damage)
    assert cell.seed(0).status()["state"] == "damaged"
    assert "status.json" in cell.seed(0).status()["cause"]
    finish(cell.seed(0).claim())
    assert cell.seed(0).finished


@pytest.mark.parametrize("damage", [lambda b: b[:-5], lambda b: b.replace(b"0.5", b"0.9"), lambda b: b + b"x", None])
def test_damaged_rows_are_noticed_and_computed_again(cell, damage):
    finish(cell.seed(0).claim())
    file = cell.path / "seed=0" / "rows.jsonl"
    file.write_bytes(damage(file.read_bytes())) if damage else file.unlink()
    assert cell.seed(0).checked()["state"] == "damaged"
    assert "rows.jsonl" in cell.seed(0).checked()["cause"]
    finish(cell.seed(0).claim())
    assert cell.seed(0).checked()["state"] == "done"


def test_rows_that_are_missing_are_noticed_without_reading_them(cell):
    finish(cell.seed(0).claim())
    file = cell.path / "seed=0" / "rows.jsonl"
    file.write_bytes(file.read_bytes()[:-5])
    assert cell.seed(0).status()["state"] == "damaged"
    file.unlink()
    assert cell.seed(0).status()["state"] == "damaged"


def test_a_judgement_stands(cell):
    finish(cell.seed(0).claim())
    file = cell.path / "seed=0" / "rows.jsonl"
    file.write_bytes(file.read_bytes().replace(b"0.5", b"0.9"))
    cell.seed(0).claim().judge("damaged", "it cannot be")
    assert cell.seed(0).status()["state"] == "damaged"
    assert cell.seed(0).held is False


PLANS = {
    "empty": "", "cut": "{", "object": "{}", "list": "[]", "null": "null", "number": "7", "deep": "[" * 100_000,
    "wrong cells": '{"command": "c", "cells": 5}', "wrong seeds": '{"command": "c", "cells": [{"cell": 1}]}',
}  # fmt: skip


@pytest.mark.parametrize("text", PLANS.values(), ids=PLANS)
def test_a_damaged_sweep_is_left_out_and_named(cell, text):
    cell.store.keep_sweep("a command", [{"cell": cell.path.name, "name": "a", "seeds": [0]}])
    (file,) = cell.store.root.glob("sweeps/*")
    (kept,) = cell.store.sweeps()
    assert kept["command"] == "a command"
    file.write_text(text)
    assert list(cell.store.sweeps()) == []
    assert [path for path, _ in cell.store.survey()[1]] == [file]


def test_a_store_that_cannot_be_written_to_is_refused(cell, monkeypatch):
    def refused(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refused)
    with pytest.raises(ConfigError, match=r"store=.*cannot be written to .*Permission denied"):
        cell.seed(0).claim()


class TestCheckpoints:
    def test_the_newest_of_a_stack_is_kept(self, cell):
        cell.keep_checkpoint([0, 1], {"epoch": 1}, b"one")
        cell.keep_checkpoint([0, 1], {"epoch": 2}, b"two")
        cell.keep_checkpoint([2], {"epoch": 1}, b"three")
        found = {tuple(c.facts["seeds"]): (c.facts["epoch"], c.state()) for c in cell.checkpoints()}
        assert found == {(0, 1): (2, b"two"), (2,): (1, b"three")}

    @pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b[:3], lambda b: b"", lambda b: b[:-1] + b"!"])
    def test_a_damaged_one_has_no_state(self, cell, damage):
        cell.keep_checkpoint([0], {"epoch": 1}, b"one\ntwo")
        (checkpoint,) = cell.checkpoints()
        assert checkpoint.state() == b"one\ntwo"
        checkpoint.file.write_bytes(damage(checkpoint.file.read_bytes()))
        (checkpoint,) = cell.checkpoints()
        assert checkpoint.state() is None

    @pytest.mark.parametrize("header", [b"{}", b"[]", b"null", b"[" * 100_000, b'{"seeds": 5}', b"\xff\xfe"])
    def test_a_header_of_a_wrong_type_has_no_facts(self, cell, header):
        cell.keep_checkpoint([0], {"epoch": 1}, b"one")
        (checkpoint,) = cell.checkpoints()
        checkpoint.file.write_bytes(header + b"\none")
        (checkpoint,) = cell.checkpoints()
        assert (checkpoint.facts, checkpoint.state()) == ({}, None)
        cell.drop_checkpoints()
        assert cell.checkpoints() == []

    def test_one_of_another_cell_has_no_facts(self, cell):
        other = cell.store.cell(QUESTION | {"noise": 0.1}, CHOICES)
        other.keep_checkpoint([0], {"epoch": 1}, b"one")
        shutil.copytree(other.path / "checkpoints", cell.path / "checkpoints")
        assert [checkpoint.facts for checkpoint in cell.checkpoints()] == [{}]

    def test_one_goes_when_all_of_its_seeds_are_finished(self, cell):
        cell.keep_checkpoint([0, 1], {"epoch": 1}, b"one")
        finish(cell.seed(0).claim())
        cell.drop_checkpoints()
        assert len(cell.checkpoints()) == 1
        finish(cell.seed(1).claim(), "diverged")
        cell.drop_checkpoints()
        assert not (cell.path / "checkpoints").exists()


def test_a_reader_never_sees_half_a_file(cell):
    record = cell.seed(0).claim()
    record.start({"filler": "x" * 100_000}, "")
    for i in range(20):
        record._say("running", note=i)
        assert json.loads((record.path / "status.json").read_text())["note"] == i
    assert not [f for f in record.path.iterdir() if f.name.startswith(".")]
    record.end("done", {})
