"""Results that are easily mistaken for each other, or lost without a word."""

from dataclasses import replace

import pytest

from runner.comparison.compare import against_baseline, more_seeds
from runner.comparison.panels import Layout, panels
from runner.comparison.results import USUAL, chosen, joined, pack, read, shared
from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.tasks.families import DECLARED
from runner.tasks.metric import Metric
from runner.tasks.selection import selected
from tests.stores import keep


@pytest.fixture
def store(tmp_path):
    """Two losses at two rates of noise, and a third loss at one of them."""
    for loss, noise in (("ce", 0.0), ("ce", 0.001), ("gce", 0.0), ("gce", 0.001), ("mae", 0.0)):
        keep(tmp_path, [0.5], loss=loss, noise=noise)
    return tmp_path


def count(store, where):
    return len(chosen(read(store), where))


@pytest.mark.parametrize(
    ("where", "word"),
    [
        ("noise=0|0.7", "where=noise=0|0.7: there is no result with 0.7; choices: 0.0, 0.001"),
        ("loss=ce|gec", "there is no result with gec; did you mean gce"),
        ("noise=0.001,loss=ce|mae", "there is no result with mae"),
        ("loss=ce|mae,noise=0.001", "there is no result with mae"),
        ("noise=false", "where=noise=false: there is no such result"),
        ("noise=null", "where=noise=null: there is no such result"),
        ("noise=", "where=noise=: there is no such result"),
        ("noise=[", "where=noise=[: there is no such result"),
        ("noise", "where=noise: a condition is key=value, as in where=dataset=digits,noise=0.2|0.6"),
        ("foo=1", "where=foo=1: no result has foo; choices: "),
        ("loss=true", "where=loss=true: there is no such result"),
    ],
)
def test_every_value_of_a_condition_is_met_by_a_result(store, where, word):
    with pytest.raises(ConfigError) as refused:
        chosen(read(store), where)
    assert word in str(refused.value)
    assert "\n" not in str(refused.value)


def test_numbers_of_a_condition_are_numbers_however_they_are_written(store):
    assert count(store, "noise=1e-3") == count(store, "noise=0.0010") == count(store, "noise=.001") == 2
    assert count(store, "noise=0|1e-3") == 5


def test_a_truth_is_no_number_and_a_text_no_other_thing(tmp_path):
    for extra in (True, 1, "1", None, "true", [3, 5]):
        keep(tmp_path, [0.5], extra=extra)
    keep(tmp_path, [0.5])
    found = {where: [each.settings["extra"] for each in chosen(read(tmp_path), f"extra={where}")]
             for where in ("true", "1", "null", "[3,5]", "1|null")}  # fmt: skip
    assert sorted(map(repr, found["true"])) == ["'true'", "True"]
    assert sorted(map(repr, found["1"])) == ["'1'", "1"]
    assert found["null"] == [None]
    assert found["[3,5]"] == [[3, 5]]
    assert len(found["1|null"]) == 3


def test_a_key_that_is_not_there_is_not_null(tmp_path):
    keep(tmp_path, [0.9], extra=None)
    keep(tmp_path, [0.5])
    (panel,) = panels(read(tmp_path), Layout(rows="loss"))
    assert {column: its.mean for (_, column), its in panel.entries.items()} == {"extra=None": 0.9, "test/accuracy": 0.5}
    assert count(tmp_path, "extra=null") == 1


def test_two_cells_never_have_one_place(tmp_path):
    keep(tmp_path, [0.9], extra="1")
    keep(tmp_path, [0.5], extra=1)
    with pytest.raises(
        ConfigError, match=r"extra=1, test/accuracy: the cells \w+ and \w+ have this place, .* in extra"
    ):
        panels(read(tmp_path), Layout())


def test_packed_files_put_together_have_all_seeds_of_a_cell(tmp_path):
    keep(tmp_path / "all", [0.9, 0.91, 0.7, 0.71])
    (whole,) = read(tmp_path / "all")
    halves = [dict(list(whole.outcomes.items())[half]) for half in (slice(2, None), slice(2))]
    for number, outcomes in enumerate(halves):
        pack([replace(whole, outcomes=outcomes)], tmp_path / f"{number}.jsonl")
    both = "".join((tmp_path / f"{number}.jsonl").read_text() for number in range(2))
    (tmp_path / "both.jsonl").write_text(both)
    (found,) = read(tmp_path / "both.jsonl")
    assert {seed: outcome.rows["last"]["test/accuracy"] for seed, outcome in found.outcomes.items()} == {
        0: 0.9, 1: 0.91, 2: 0.7, 3: 0.71,
    }  # fmt: skip
    with pytest.raises(ConfigError, match="seed 2"):
        joined([*read(tmp_path / "both.jsonl"), *read(tmp_path / "0.jsonl")])


def test_an_epoch_without_a_number_is_not_the_best():
    nan = float("nan")
    rows = [
        {"epoch": e, "val/accuracy": v, "test/accuracy": t} for e, v, t in ((1, nan, 0.1), (2, 0.5, nan), (3, 0.4, 0.3))
    ]
    assert {rule: row["epoch"] for rule, row in selected(rows, DECLARED).items()} == {
        "last": 3,
        "best_val": 2,
        "best_test": 3,
    }
    less = {"val/accuracy": Metric("accuracy", "lower", 0.0, 1.0, "share")}
    assert {rule: row["epoch"] for rule, row in selected(rows, less).items()} == {"last": 3, "best_val": 3}
    assert list(selected([{"epoch": 1, "val/accuracy": nan}], DECLARED)) == ["last"]


def test_a_caption_says_every_choice_that_is_not_the_default(tmp_path):
    (cell,) = compose_cells([], multirun=False)
    assert {key: (cell.config | cell.choices)[key] for key in USUAL} == USUAL
    choices = {"optimizer": "adam", "schedule": "step", "sampler": "class_balanced", "augment": "standard"}
    keep(tmp_path, [0.5], choices=choices, val_labels="true", noise_seed=3, precision="bf16")
    said = shared(read(tmp_path))
    assert all(f"{key}={choice}" in said for key, choice in choices.items())
    assert "noise_seed=3, val_labels=true, precision=bf16" in said


def test_a_difference_that_takes_more_seeds_than_there_could_be_is_answered_at_once(tmp_path):
    keep(tmp_path, [0.5, 0.7, 0.9], loss="ce")
    keep(tmp_path, [0.9, 0.5, 0.6], loss="gce")
    (panel,) = panels(read(tmp_path), Layout())
    (compared,) = against_baseline(panel)
    more = more_seeds(panel, compared, 1e-9)
    assert more.seeds > 10**15
    assert [command.split()[-2:] for command in more.commands] == [["seed=3", f"seeds={more.seeds - 3}"]] * 2
