"""The store: whole or not at all, one writer a seed."""

import json
from pathlib import Path

import pytest

from runner.errors import ConfigError
from runner.store import Store

QUESTION, CHOICES = {"noise": 0.6, "loss": {"_target_": "losses.ce.CE"}}, {"loss": "ce"}


@pytest.fixture
def cell(tmp_path):
    return Store(tmp_path / "results of Zoë").cell(QUESTION, CHOICES)


def finish(record, state="done"):
    record.cell.write("some data")
    record.start({"commit": None}, "python -m runner seed=0")
    record.append({"epoch": 1, "test/accuracy": 0.5})
    record.end(state, {"seconds": 1.0}, cause=None)


def test_what_is_written_is_read(cell):
    record = cell.seed(3).claim()
    finish(record)
    (again,) = Store(cell.path.parents[1]).cells()
    assert (again.question, again.choices, again.seeds()) == (QUESTION, CHOICES, [3])
    seed = again.seed(3)
    assert seed.finished
    assert seed.rows() == [{"epoch": 1, "test/accuracy": 0.5}]
    assert seed.provenance() == {"commit": None, "seconds": 1.0}
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


@pytest.mark.parametrize("contents", ["", "{", "choices: {}", "[1]", "a: [\x00"])
def test_a_damaged_config_is_refused_by_name(cell, contents):
    cell.write("0" * 64)
    (cell.path / "config.yaml").write_text(contents)
    with pytest.raises(ConfigError, match=r"config\.yaml is damaged"):
        cell.write("0" * 64)


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
    record.end("planned", {})
    record = cell.seed(0).claim()
    record.start({}, "again", epoch=3)
    record.append({"epoch": 4})
    record.end("done", {})
    assert [row["epoch"] for row in record.rows()] == [1, 2, 3, 4]


def test_a_claim_given_up_leaves_no_trace(cell):
    cell.seed(0).claim().abandon()
    assert not cell.path.parents[1].exists()
    finish(cell.seed(1).claim())
    cell.seed(0).claim().abandon()
    assert cell.seeds() == [1]


def test_other_data_under_the_same_question_are_refused(cell):
    finish(cell.seed(0).claim())
    cell.write("some data")
    with pytest.raises(ConfigError, match="the data set has changed"):
        cell.write("other data")


@pytest.mark.parametrize("damage", ["", "{", '{"state": "do', "\x00\x00"])
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
