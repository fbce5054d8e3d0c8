"""Calibrators within a run: what they are fitted on, and what rows have of it."""

import pytest

from runner.comparison.notes.bounds import at_bound
from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.training.run import run

HELD = ["val_fraction=0.3", "noise=0.2"]


@pytest.fixture
def rows(compose, measured):
    return lambda *said: measured(run(**compose(*said, seeds=[0, 1])))


def test_rows_keep_what_they_had_and_gain_what_is_measured_after(rows):
    plain, found = rows(*HELD), rows(*HELD, "calibrator=temperature")
    for at, row in found.items():
        gained = row.keys() - plain[at].keys()
        assert gained == {name.replace("val/", "calibrated/") for name in row if name.startswith("val/")}
        assert {name: row[name] for name in plain[at]} == plain[at]
        assert row["calibrated/accuracy"] == row["test/accuracy"]
        assert row["calibrated/nll"] != row["test/nll"]


def test_it_is_fitted_to_the_labels_that_validation_has(rows):
    given, true = (rows(*HELD, "calibrator=temperature", f"val_labels={labels}") for labels in ("given", "true"))
    for at, row in given.items():
        assert row["test/nll"] == true[at]["test/nll"]
        assert true[at]["calibrated/nll"] < row["calibrated/nll"], "test labels are true ones"


def test_sets_have_a_coverage_and_a_size(rows):
    found = rows("val_fraction=0.3", "calibrator=conformal")
    for row in found.values():
        assert {name for name in row if name.startswith("calibrated/")} == {
            "calibrated/coverage",
            "calibrated/set_size",
        }
    assert {
        row["calibrated/coverage"]
        for row in rows("val_fraction=0.3", "calibrator=conformal", "calibrator.alpha=1e-6").values()
    } == {1.0}


NUMBERS = [
    "dataset=effects",
    "dataset.num_train=400",
    "loss=mse",
    "noise_type=outliers",
    "optimizer=adam",
    "val_fraction=0.3",
]


def test_numbers_are_calibrated_and_what_is_unchanged_is_measured_as_it_is(rows):
    said = [*NUMBERS, "measure=[calibration]", "epochs=3"]
    plain, unchanged, found = (rows(*said, f"calibrator={name}") for name in ("none", "unchanged", "isotonic_mean"))
    for at, row in unchanged.items():
        assert {name: row[name] for name in plain[at]} == plain[at]
        after = {name: values for name, values in row.items() if name.startswith("calibrated/")}
        assert after == {name.replace("test/", "calibrated/"): row[name] for name in row if name.startswith("test/")}
        assert after.keys() == {name for name in found[at] if name.startswith("calibrated/")}
        assert found[at]["calibrated/rmse"] != row["calibrated/rmse"]


def test_what_is_shown_after_the_last_epoch_is_after_calibration_too(go):
    cell = go(*HELD, "calibrator=temperature")
    found = cell.seed(0).final_diagnostics()
    for name, split in (("reliability", "test"), ("calibrated_reliability", "calibrated")):
        count, confidence, right = zip(*found[name], strict=True)
        error = sum(n * abs(c - r) for n, c, r in zip(count, confidence, right, strict=True)) / sum(count)
        assert error == pytest.approx(cell.seed(0).rows()[-1][f"{split}/ece"])
    assert found["reliability"] != found["calibrated_reliability"]
    assert "calibrated_reliability" not in go(*HELD, "calibrator=conformal").seed(0).final_diagnostics()


@pytest.mark.parametrize("name", ["temperature", "vector", "isotonic", "conformal", "isotonic_mean"])
def test_without_validation_examples_it_is_refused(name):
    dataset = "diabetes" if name == "isotonic_mean" else "blobs"
    with pytest.raises(ConfigError, match=rf"^val_fraction=0 with calibrator={name}: .* validation examples; what"):
        compose_cells([f"dataset={dataset}", f"calibrator={name}"], multirun=False)


def test_a_share_that_holds_nothing_out_is_refused_before_training(compose):
    said = compose("val_fraction=0.0001", "calibrator=temperature")
    with pytest.raises(ConfigError, match=r"^calibrator .*: there are no validation examples; a larger val_fraction"):
        next(run(**said))


def test_what_is_no_class_is_refused():
    said = ["dataset=diabetes", "loss=mse", "val_fraction=0.1", "calibrator=temperature"]
    with pytest.raises(ConfigError, match=r"^calibrator=temperature with dataset=diabetes: .*, this is regression; "):
        compose_cells(said, multirun=False)


def test_a_temperature_at_a_bound_is_said(go):
    cell = go(*HELD, "calibrator=temperature", "calibrator.high=0.02")
    assert cell.seed(0).final_diagnostics()["calibrator_at_bound"] is True
    assert cell.seed(0).rows()[-1]["calibrated/nll"] > cell.seed(0).rows()[-1]["test/nll"]
    assert at_bound([cell.seed(0)]) == "the calibrator of 1 of 1 seeds has no best fit within its bounds"
    assert at_bound([go(*HELD, "calibrator=temperature").seed(0)]) == ""
