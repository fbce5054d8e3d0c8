"""What a report is made of: all that a store holds, and nothing that cannot be compared beside each other."""

import json
import math
import os
import shutil
from dataclasses import replace

import pytest
import torch

from runner.comparison.notes.origins import notes
from runner.comparison.panels import Layout, panels
from runner.comparison.results import Outcome, Result, by_code, chosen, in_order, pack, read, shared, varying
from runner.console.errors import ConfigError
from runner.launch.hardware import hardware_name
from runner.store.lease import here
from runner.store.packed import kept_lines
from runner.store.seal import sealed, unsealed
from runner.store.store import Store
from runner.tasks.families import DECLARED
from runner.tasks.metric import Metric
from tests.stores import ACCURACY, keep, small


@pytest.fixture
def store(tmp_path):
    return small(tmp_path / "store")


def test_what_varies_makes_the_table(store):
    assert varying(read(store)) == ["loss", "noise"]
    (panel,) = panels(read(store), Layout())
    assert panel.rows == ["ce", "gce"]
    assert panel.columns == ["noise=0.0", "noise=0.6"]
    assert (panel.title, panel.why, panel.baseline) == ("", "", "ce")
    for (loss, noise), values in ACCURACY.items():
        assert list(panel.entry(loss, f"noise={noise}").values.values()) == values


def test_numbers_are_in_order_of_size(tmp_path):
    for noise in (0.2, 1.0, 0.05):
        keep(tmp_path, [0.5], noise=noise)
    assert [each.question["noise"] for each in in_order(read(tmp_path))] == [0.05, 0.2, 1.0]


def test_the_rule_says_which_row_counts(store):
    for rule, expected in (("best_val", 0.1), ("best_test", 0.94), ("last", 0.94)):
        (panel,) = panels(read(store), Layout(at=rule))
        assert panel.entry("ce", "noise=0.0").values[2] == expected


def test_a_choice_within_a_choice_hides_its_arguments(tmp_path):
    for name, arguments in (("ce", {}), ("gce", {"q": 0.7})):
        inner = {"part": "loss/clip", "base": {"part": f"loss/{name}", **arguments}}
        choices = {"loss": "logit_clip", "loss.base": name}
        cell = Store(tmp_path).cell({"loss": inner}, choices)
        cell.write("data")
        cell.seed(0).path.mkdir()
    assert varying(read(tmp_path)) == ["loss.base"]


def test_arguments_of_the_same_choice_are_kept_apart(tmp_path):
    for loss, arguments in (("ce", {}), ("poly", {"epsilon": 1.0}), ("poly", {"epsilon": 2.0})):
        for noise in (0.0, 0.6):
            question = {"noise": noise, "loss": {"part": f"loss/{loss}", **arguments}}
            cell = Store(tmp_path).cell(question, {"loss": loss})
            cell.write("data")
            cell.seed(0).path.mkdir()
    assert varying(read(tmp_path)) == ["loss", "noise", "loss.epsilon"]
    (panel,) = panels(read(tmp_path), Layout())
    assert panel.rows == ["ce", "poly, loss.epsilon=1.0", "poly, loss.epsilon=2.0"]
    assert panel.columns == ["noise=0.0", "noise=0.6"]
    assert len(panel.entries) == 6


def test_rows_and_columns_can_be_chosen(store):
    (panel,) = panels(read(store), Layout(rows="noise", columns="loss"))
    assert panel.rows == ["noise=0.0", "noise=0.6"]
    assert panel.columns == ["loss=ce", "loss=gce"]


def test_losses_make_the_rows_whatever_else_varies(tmp_path):
    for risk in ("mean", "trimmed"):
        for loss in ("ce", "gce"):
            keep(tmp_path, [0.5], loss=loss, choices={"risk": risk}, risk={"part": risk})
    found = read(tmp_path)
    (panel,) = panels(found, Layout())
    assert (panel.rows, panel.columns) == (["ce", "gce"], ["risk=mean", "risk=trimmed"])
    (panel,) = panels(found, Layout(where="loss=gce"))
    assert (panel.rows, panel.baseline) == (["mean", "trimmed"], "mean")
    assert panel.shared == "digits, gce"


def test_rows_that_are_no_choices_of_a_group_say_their_key(tmp_path):
    for noise in (0.0, 0.3):
        keep(tmp_path, [0.5], noise=noise)
    (panel,) = panels(read(tmp_path), Layout())
    assert panel.rows == ["noise=0.0", "noise=0.3"]


def test_the_baseline_is_found_by_the_first_part_of_its_name(tmp_path):
    for loss in ("agce", "ce", "gce"):
        keep(tmp_path, [0.5], loss=loss, optimizer={"lr": 0.1 if loss == "ce" else 0.005})
    found = read(tmp_path)
    (panel,) = panels(found, Layout(rows="loss,optimizer.lr"))
    assert panel.rows == ["agce, optimizer.lr=0.005", "ce, optimizer.lr=0.1", "gce, optimizer.lr=0.005"]
    assert panel.baseline == "ce, optimizer.lr=0.1"
    (panel,) = panels(found, Layout(rows="loss,optimizer.lr", baseline="gce"))
    assert panel.baseline == "gce, optimizer.lr=0.005"


def test_hashes_are_short_and_no_title_is_empty(tmp_path):
    """Digits beside two states of one folder of pictures; what is in the folder is no question to digits."""
    for loss in ("ce", "gce"):
        keep(tmp_path, [0.5], loss=loss, dataset={"part": "digits"})
    for contents in ("e009" + 60 * "0", "f" * 64):
        folder = {"part": "image_folder", "root": "photos"}
        more = {"dataset": folder, "files": {"dataset.root": contents}, "data": contents}
        keep(tmp_path, [0.5], choices={"dataset": "image_folder"}, **more)
    found = panels(read(tmp_path), Layout())
    assert all(panel.why and panel.heading for panel in found)
    assert ["a file differ" in panel.why for panel in found] == ["files." in panel.title for panel in found]
    hashes = ("e00900000000", "ffffffffffff")
    titles = {f"data_sha256={each}, files.dataset.root={each}" for each in hashes}
    assert {panel.title for panel in found} == {"data_sha256=data", *titles}
    (one,) = panels([each for each in read(tmp_path) if each.data[:1] != "f"], Layout())
    assert one.columns == ["dataset=digits", "dataset=image_folder"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "digits, ce"),
        ({"noise": 0.4, "noise_type": "symmetric"}, "digits, ce, noise=0.4"),
        ({"noise": 0.4, "noise_type": "pair"}, "digits, ce, noise=0.4, noise_type=pair"),
        ({"noise": 0, "noise_type": "pair"}, "digits, ce"),
        ({"imbalance": 1.0, "epochs": 1}, "digits, ce, 1 epoch"),
        ({"imbalance": 50, "classes": [3, 5], "risk": "cvar"}, "digits, ce, imbalance=50, classes=[3,5], risk=cvar"),
    ],
)
def test_what_is_shared_is_said_unless_it_goes_without_saying(more, said):
    each = Result("cell", {"dataset": "digits", "loss": "ce"}, more, "", "", {})
    other = Result("other", {"dataset": "digits", "loss": "gce"}, more, "", "", {})
    assert shared([each]) == said
    assert shared([each, other]) == said.replace(", ce", "")
    assert "digits" not in shared([each], {"dataset"})


def test_what_neither_rows_nor_columns_say_makes_panels_of_its_own(tmp_path):
    for epochs in (10, 60):
        for loss in ("ce", "gce"):
            for noise in (0.0, 0.6):
                keep(tmp_path, [0.5], loss=loss, noise=noise, epochs=epochs)
    found = panels(read(tmp_path), Layout(rows="loss", columns="noise"))
    assert [(panel.title, len(panel.entries), panel.why) for panel in found] == [
        ("epochs=10", 4, ""),
        ("epochs=60", 4, ""),
    ]


@pytest.mark.parametrize(
    ("other", "word"), [({"numbers": 1}, "other numbers"), ({"data": "other data"}, "other data under the same name")]
)
def test_what_cannot_be_compared_stands_apart_whatever_is_asked(tmp_path, other, word):
    keep(tmp_path, [0.5, 0.6], loss="ce")
    keep(tmp_path, [0.7, 0.8], loss="gce", **other)
    for layout in (Layout(), Layout(rows="loss"), Layout(columns="numbers")):
        found = panels(read(tmp_path), layout)
        assert [len(panel.entries) for panel in found] == [1, 1]
        assert all(word in panel.why for panel in found)


def test_other_data_sets_are_no_other_data(tmp_path):
    keep(tmp_path, [0.5], choices={"dataset": "digits"})
    keep(tmp_path, [0.6], choices={"dataset": "mnist1d"}, data="other", dataset={"part": "x"})
    (panel,) = panels(read(tmp_path), Layout())
    assert panel.rows == ["digits", "mnist1d"]


def test_conditions_choose(store):
    assert len(chosen(read(store), "loss=ce,noise=0.6")) == 1
    assert len(chosen(read(store), "noise=0|0.6")) == 4
    assert len(chosen(read(store), "")) == 4
    for wrong, hint in (("nois=0", "did you mean noise?"), ("loss=gze", "did you mean gce?"), ("noise=0.61", "0.6")):
        with pytest.raises(ConfigError, match=hint.replace("?", r"\?")):
            chosen(read(store), wrong)
    with pytest.raises(ConfigError, match=r"where=noise=0\.5: there is no such result; choices: 0\.0, 0\.6$"):
        chosen(read(store), "noise=0.5")


def test_what_is_not_done_is_counted(tmp_path):
    cell = keep(tmp_path, [0.8, 0.84], loss="gce", states=["diverged", "failed"])
    cell.store.keep_sweep("a sweep", [{"cell": cell.path.name, "name": "gce", "seeds": [2, 7, 8]}])
    keep(tmp_path, [0.5, 0.6], loss="ce")
    (panel,) = panels(read(tmp_path), Layout())
    found = panel.entry("gce", "test/accuracy")
    assert found.others == {"failed": 1, "planned": 2}
    assert found.text(100, 2) == "54.67 ± 47.38 (n=3, 1 diverged), 1 failed, 2 planned"
    assert panel.best("test/accuracy") is None


def test_a_metric_that_a_row_lacks_is_said_to_be_missing(tmp_path):
    keep(tmp_path, [0.5], loss="ce")
    keep(tmp_path, [0.5], loss="gce", metric="test/ece")
    (panel,) = panels(read(tmp_path), Layout(metric="test/ece"))
    assert panel.entry("ce", "test/ece").text(1, 4) == "1 without test/ece"


def test_results_without_validation_have_no_best_by_it(tmp_path):
    known = {"test/accuracy": DECLARED["test/accuracy"]}
    rows = {
        "ce": {"last": {"test/accuracy": 0.5}},
        "gce": {"last": {"test/accuracy": 0.5}, "best_val": {"test/accuracy": 0.6}},
    }
    first, other = (
        Result(loss, {"loss": loss}, {}, "", "", {0: Outcome("done", its, metrics=known)}) for loss, its in rows.items()
    )
    with pytest.raises(ConfigError, match=r"at=best_val: no validation examples \(val_fraction=0\); choices: last"):
        panels([first], Layout(at="best_val"))
    (panel,) = panels([first, other], Layout(at="best_val"))
    said = panel.entry("ce", "test/accuracy").text(100, 2)
    assert said == "1 without validation examples (val_fraction=0)"


def test_a_seed_whose_worker_is_gone_is_stale(tmp_path):
    cell = keep(tmp_path, [0.5])
    running, gone = cell.seed(1).claim(), cell.seed(2).claim()
    running.start({}, "")
    gone.start({}, "")
    gone.abandon()  # as if its process had died
    (found,) = read(tmp_path)
    running.abandon()
    assert {seed: outcome.state for seed, outcome in found.outcomes.items()} == {0: "done", 1: "running", 2: "stale"}


def test_seeds_that_were_begun_and_have_no_row_yet_are_named(tmp_path, capsys):
    """A cell has its config.yaml with the first row: before it, nothing else tells of a process that was killed."""
    cell = Store(tmp_path).cell({"loss": {}}, {})
    running = cell.seed(0).claim()
    gone = {"here": here(), "pid": os.getpid(), "started": "0", "beat": 1, "time": 1.0}  # a number that is another's
    (tmp_path / "workers" / "gone.json").write_text(json.dumps(gone))
    failed, stale = cell.seed(1).claim(), cell.seed(2)
    failed.start({}, "")
    failed.end("failed", {}, cause="no memory")
    stale.path.mkdir()
    (stale.path / "lease-1").write_text(json.dumps({"worker": "gone"}))
    with pytest.raises(ConfigError, match="there is no result in it"):
        read(tmp_path)
    running.abandon()
    assert capsys.readouterr().err.splitlines() == [
        f"seedwise: left out ({state} before its first row): {cell.path / f'seed={seed}'}"
        for seed, state in enumerate(("running", "failed", "stale"))
    ]


def test_a_command_is_asked_again_without_what_was_for_who_looked_on():
    said = "python -m runner loss=ce exec.progress=none exec.wandb.mode=offline exec.own=[mine] store=s"
    asked = Result("cell", {}, {}, "", said, {}).ask(range(2, 5))
    assert asked == "python -m runner loss=ce 'exec.own=[mine]' store=s seed=2 seeds=3"


def test_damaged_rows_are_no_result(store):
    rows = next(store.glob("cells/*/seed=0/rows.jsonl"))
    rows.write_text(rows.read_text().replace("9", "8", 1))
    states = [outcome.state for each in read(store) for outcome in each.outcomes.values()]
    assert sorted(states) == ["damaged"] + ["done"] * 9


def test_the_best_is_the_highest_accuracy_and_the_lowest_loss(tmp_path):
    for loss, value in (("ce", 0.3), ("gce", 0.4)):
        keep(tmp_path, [value], loss=loss, metric="test/nll")
        keep(tmp_path, [value], loss=loss, noise=0.5)
    found = read(tmp_path)
    (panel,) = panels(found, Layout(metric="test/nll", where="noise=0"))
    assert panel.best("test/nll") == "ce"
    (panel,) = panels(found, Layout(where="noise=0.5"))
    assert panel.best("test/accuracy") == "gce"


MSE = {better: Metric("mse", better, 0.0, math.inf, "") for better in ("lower", "higher")}


def test_what_is_declared_differently_is_not_compared(tmp_path):
    for loss, declared in (("ce", MSE["lower"]), ("gce", MSE["higher"])):
        keep(tmp_path, [0.5, 0.6], loss=loss, metric="test/mse", declared=declared)
    with pytest.raises(ConfigError) as refused:
        panels(read(tmp_path), Layout(metric="test/mse"))
    said = str(refused.value)
    assert said.startswith("metric=test/mse: is declared in 2 ways, which cannot be compared: ")
    assert all(each in said for each in ("lower is better, 0 to inf (", "higher is better, 0 to inf (", ", seed 0)"))
    assert "\n" not in said
    (panel,) = panels(read(tmp_path), Layout(metric="test/mse", where="loss=gce"))
    assert panel.declared == MSE["higher"]
    (other,) = panels(read(tmp_path), Layout())
    assert other.rows == ["ce", "gce"], "of what they declare alike"


def test_seeds_of_one_cell_that_declare_a_metric_differently_are_not_packed(tmp_path):
    cell = keep(tmp_path, [0.5], metric="test/mse", declared=MSE["lower"])
    record = cell.seed(1).claim()
    record.start({}, "python -m runner")
    record.append({"epoch": 1, "test/mse": 0.5})
    record.end("done", {}, {"test/mse": MSE["higher"]})
    with pytest.raises(ConfigError, match="metric=test/mse: is declared in 2 ways"):
        pack(read(tmp_path), tmp_path / "file")
    assert not (tmp_path / "file").exists()


def test_an_undeclared_metric_is_refused_by_name_with_those_that_are(tmp_path):
    cell = keep(tmp_path, [0.5])
    record = cell.seed(1).claim()
    record.start({}, "python -m runner")
    record.append({"epoch": 1, "test/accuracy": 0.5, "test/mse": 0.5})
    record.end("done", {}, {"test/accuracy": DECLARED["test/accuracy"]})
    with pytest.raises(
        ConfigError, match=r"metric=test/mse: no result declares it; .*choices: test/accuracy, val/accuracy"
    ):
        panels(read(tmp_path), Layout(metric="test/mse"))


def test_a_packed_file_keeps_what_was_declared(tmp_path):
    keep(tmp_path / "store", [0.5, 0.6], metric="test/mse", declared=MSE["lower"], states=["diverged", "failed"])
    pack(read(tmp_path / "store"), tmp_path / "file", only=["test/mse"])
    (packed,) = read(tmp_path / "file")
    assert [o.metrics for o in packed.outcomes.values()] == [{"test/mse": MSE["lower"]}] * 3 + [{}]
    line = json.loads((tmp_path / "file").read_text())
    assert line["metrics"] == {"test/mse": {"better": "lower", "low": 0.0, "high": None, "unit": ""}}
    for damage in ({}, {"test/mse": {"better": "less", "low": 0, "high": 1, "unit": ""}}, {"test/mse": 3}):
        (tmp_path / "bad").write_text(
            json.dumps({**line, "metrics": damage} if damage else {k: v for k, v in line.items() if k != "metrics"})
        )
        with pytest.raises(ConfigError, match="line 1"):
            read(tmp_path / "bad")


def test_a_packed_store_reads_the_same(store, tmp_path):
    file = tmp_path / "packed" / "results.jsonl"
    pack(read(store), file)
    stored, packed = read(store), read(file)
    assert [each.outcomes for each in stored] == [each.outcomes for each in packed]
    assert [each.settings for each in stored] == [each.settings for each in packed]
    assert [each.command for each in stored] == [each.command for each in packed]
    assert {each.folder for each in packed} == {None}


def test_a_packed_command_names_no_store(store, tmp_path):
    stored = read(store)
    pack([replace(each, command=f"{each.command} store=elsewhere") for each in stored], tmp_path / "packed.jsonl")
    assert [each.command for each in read(tmp_path / "packed.jsonl")] == [each.command for each in stored]


def test_a_file_can_be_compressed_and_keep_only_some_metrics(store, tmp_path):
    for name in ("once.jsonl.gz", "twice.jsonl.gz"):
        pack(read(store), tmp_path / name, only=["test/accuracy"])
    once, twice = ((tmp_path / name).read_bytes() for name in ("once.jsonl.gz", "twice.jsonl.gz"))
    assert once == twice
    (full,) = panels(read(store), Layout())
    (packed,) = panels(read(tmp_path / "once.jsonl.gz"), Layout())
    assert [e.values for e in full.entries.values()] == [e.values for e in packed.entries.values()]
    rows = [row for each in read(tmp_path / "once.jsonl.gz") for o in each.outcomes.values() for row in o.rows.values()]
    assert {name for row in rows for name in row} == {"test/accuracy"}


def test_a_metric_that_nothing_has_is_not_kept_in_silence(store, tmp_path):
    with pytest.raises(ConfigError, match=r"only=test/acuracy: no result has it; did you mean test/accuracy"):
        pack(read(store), tmp_path / "file", only=["test/acuracy"])
    assert not (tmp_path / "file").exists()


def test_packed_numbers_have_nine_digits(tmp_path):
    keep(tmp_path / "store", [1 / 3])
    pack(read(tmp_path / "store"), tmp_path / "file")
    ((outcome,),) = [each.outcomes.values() for each in read(tmp_path / "file")]
    assert outcome.rows["last"]["test/accuracy"] == 0.333333333


def test_a_damaged_compressed_file_is_refused(store, tmp_path):
    file = tmp_path / "results.jsonl.gz"
    pack(read(store), file)
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(ConfigError, match=r"results.jsonl.gz: is not a packed file"):
        read(file)


@pytest.mark.parametrize("damage", ["{", "[]", '{"cell": 3}', "null"])
def test_a_damaged_packed_file_is_refused(store, tmp_path, damage):
    file = tmp_path / "results.jsonl"
    pack(read(store), file)
    file.write_text(file.read_text() + damage + "\n")
    with pytest.raises(ConfigError, match="line 5"):
        read(file)


def changed(old, new):
    return lambda lines: [lines[0].replace(old, new, 1), *lines[1:]]


PACKED = {
    "a number": (changed("0.9", "0.8"), "line 1 is not what was written"),
    "a label": (changed('"dataset": "digits"', '"dataset": "mnist"'), "line 1 is not what was written"),
    "no checksum": (lambda lines: ["{" + lines[0][24:], *lines[1:]], "line 1 has no checksum"),
    "deep": (lambda lines: ["[" * 100_000, *lines[1:]], "line 1 has no checksum"),
    "first lost": (lambda lines: lines[1:], "line 1 is 2 of 4 packed together, where 1 should be"),
    "last lost": (lambda lines: lines[:-1], "ends after 3 of 4 lines"),
    "one lost": (lambda lines: [lines[0], *lines[2:]], "line 2 is 3 of 4 packed together, where 2 should be"),
    "order": (lambda lines: lines[::-1], "line 1 is 4 of 4"),
    "twice": (lambda lines: lines + lines, "seed 0 is there twice"),
    "cut": (lambda lines: [*lines[:-1], lines[-1][:-9]], "line 4 is not what was written"),
    "another cell": (
        lambda lines: [sealed({**unsealed(lines[0].encode()), "cell": "0" * 20}), *lines[1:]],
        "line 1 is of cell",
    ),
    "another type": (lambda lines: [sealed({"line": [1, 4], "seeds": []}), *lines[1:]], "is not a packed result"),
}


@pytest.mark.parametrize(("damage", "said"), PACKED.values(), ids=PACKED)
def test_a_packed_file_is_whole_or_refused(store, tmp_path, damage, said):
    """It is evidence: a line that was edited, lost or added is named, and nothing of the file is shown."""
    file = tmp_path / "results.jsonl"
    pack(read(store), file)
    assert len(read(file)) == 4
    file.write_text("\n".join(damage(file.read_text().splitlines())) + "\n")
    with pytest.raises(ConfigError, match=said):
        read(file)


def test_lines_picked_from_two_packed_files_are_not_one(store, tmp_path):
    one, other = tmp_path / "one.jsonl", tmp_path / "other.jsonl"
    pack(read(store), one)
    for cell in Store(store).cells():
        record = cell.seed(9).claim()
        record.start({}, "python -m runner")
        record.end("diverged", {}, {})
    pack(read(store), other)
    picked = [*one.read_text().splitlines()[:1], *other.read_text().splitlines()[1:]]
    one.write_text("\n".join(picked) + "\n")
    with pytest.raises(ConfigError, match="line 2 was not packed together with the line before it"):
        read(one)


def test_an_older_packed_file_is_read_and_said_to_be_older(store, tmp_path, capsys):
    file = tmp_path / "older.jsonl"
    pack(read(store), file)
    found = read(file)
    assert "older" not in capsys.readouterr().err
    lines = [kept for _, kept in kept_lines(file)]
    file.write_text("".join(sealed({"line": [n, 4], **kept}) + "\n" for n, kept in enumerate(lines, start=1)))
    assert read(file) == found
    assert f"{file}: is older" in capsys.readouterr().err


def test_packed_files_one_behind_the_other_are_one(store, tmp_path):
    found = read(store)
    for name, part in (("a", found[:1]), ("b", found[1:])):
        pack(part, tmp_path / name)
    (tmp_path / "both").write_bytes(b"".join((tmp_path / name).read_bytes() for name in ("a", "b")))
    assert [each.outcomes for each in read(tmp_path / "both")] == [each.outcomes for each in found]


def test_what_is_left_out_of_a_store_is_named(store, capsys):
    """A line for each reason."""
    cells = sorted(store.glob("cells/*"))
    (cells[0] / "config.yaml").write_text("{")
    for cell in cells[1:]:
        (cell / "seed=0" / "status.json").write_text("{}")
    shutil.copytree(cells[1], store / "cells" / f"{cells[1].name}.bak")
    shutil.copytree(cells[1] / "seed=1", cells[2] / "seed=0.bak")
    found = read(store)
    assert [each.cell for each in found] == [cell.name for cell in cells[1:]]
    assert all(outcome.state == "damaged" for each in found for seed, outcome in each.outcomes.items() if seed == 0)
    said = capsys.readouterr().err.splitlines()
    assert said == [
        f"seedwise: left out (not named as cells are, by a hash): {cells[1]}.bak",
        f"seedwise: left out (config.yaml has no checksum): {cells[0]}",
        f"seedwise: left out (not named as seeds are, by a number): {cells[2] / 'seed=0.bak'}",
        f"seedwise: left out (status.json has no checksum): {', '.join(str(cell / 'seed=0') for cell in cells[1:])}",
    ]


def test_commands_have_no_seed(store):
    assert read(store)[0].command.split()[:3] == ["python", "-m", "runner"]
    assert all("seed" not in each.command for each in read(store))


def test_an_empty_store_is_refused_in_words(tmp_path):
    with pytest.raises(ConfigError, match="no result in it"):
        read(tmp_path)


@pytest.mark.parametrize(
    "layout",
    [
        Layout(metric="test/acuracy"),
        Layout(at="lst"),
        Layout(rows="los"),
        Layout(columns="nois"),
        Layout(baseline="cee"),
    ],
)
def test_wrong_words_are_refused_with_the_right_ones(store, layout):
    with pytest.raises(ConfigError, match="did you mean"):
        panels(read(store), layout)


def test_the_rows_that_count_are_kept_with_the_state(store):
    status = json.loads(next(store.glob("cells/*/seed=0/status.json")).read_text())
    assert status["took"]["stack_size"] == 3


def test_what_trained_the_seeds_is_kept_and_packed(go, tmp_path):
    cell = go("seeds=2")
    (found,) = read(tmp_path)
    code = cell.seed(0).provenance()["sources"]
    assert cell.seed(0).status()["code"] == code
    assert found.outcomes[0].made["parts"] == code
    assert found.outcomes[0].made["machine"] == hardware_name(cell.seed(0).provenance()["machine"])
    assert f"torch {torch.__version__}" in found.outcomes[0].made["machine"]
    pack([found], tmp_path / "kept.jsonl")
    assert read(tmp_path / "kept.jsonl")[0].outcomes[0].made == found.outcomes[0].made


def made(loss, values, noise=0.0):
    """A result whose seeds were made so; None of a seed that diverged, without a value."""
    outcomes = {
        seed: Outcome("done", {"last": {"test/accuracy": 0.5}}, made=value, metrics=DECLARED)
        if value is not None
        else Outcome("failed")
        for seed, value in enumerate(values)
    }
    question = {"noise": noise, "noise_type": {"part": "noise_type/symmetric"}}
    return Result(loss, {"loss": loss}, question | {"loss": {"part": f"loss/{loss}"}}, "", "", outcomes)


def said_of(*results):
    (panel,) = panels(results, Layout())
    return notes(panel)


def test_unlike_machines_of_compared_seeds_are_said():
    a, b = {"machine": "a"}, {"machine": "b"}
    assert said_of(made("ce", [a, a, b]), made("gce", [a, a, b])) == []
    assert said_of(made("ce", [a, a]), made("gce", [a, {}])) == []  # of what is not known nothing can be said
    (note,) = said_of(made("ce", [a, a, b, None]), made("gce", [a, b, b, b]), made("sce", [None, None, None, None]))
    assert note.startswith("1 of 3 compared seeds were trained on unlike machines")
    assert note.endswith("(a; b)")


def test_a_table_points_to_rows_that_stand_apart_as_unlike_code_trained_their_seeds():
    one, other = ({"code": code, "parts": {"engine": code}} for code in ("x", "y"))
    for noise in (0.0, 0.4):
        ce, gce, sce = made("ce", [one, one]), made("gce", [one, other]), made("sce", [one, one], noise)
        (whole, *parts) = panels([ce, *by_code(gce), sce], Layout())
        assert whole.rows == ["ce", "sce"]
        where = " (noise=0.0)" if noise else ""
        assert f"in tables of their own, as unlike code trained their seeds: gce{where}" in notes(whole)
        assert len(parts) == 2
        assert not any("in tables of their own" in note for part in parts for note in notes(part))


@pytest.mark.parametrize("part", ["engine", "noise_type"])
def test_unlike_code_of_what_a_table_has_in_common_is_said(part):
    """Beside each other, and one below the other; the code of the losses differs, and is what is compared."""

    def by(code, loss):
        return {"parts": {part: code, "loss": loss}}

    alike = [made("ce", [by("x", "1")] * 2), made("gce", [by("x", "2")] * 2)]
    assert said_of(*alike) == []
    (note,) = said_of(alike[0], made("gce", [by("y", "2")] * 2))
    assert note.startswith(f"not all of it was trained with the same code of {part}")
    others = [made(loss, [by("y", loss)] * 2, noise=0.4) for loss in ("ce", "gce")]
    assert len(said_of(*alike, *others)) == 1
