"""What is asked of a calculation: its own keys and seeds, and nothing of training."""

import pytest

from runner.compose.calculated import known
from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError


def cell(*overrides):
    return compose_cells(overrides, multirun=False)[0]


def test_its_name_depends_on_its_own_keys_alone():
    asked = cell("calculation=best_of_n", "calculation.symbols=8").identity
    assert asked.keys() == {"calculation", "numbers"}
    assert asked["calculation"] == {"part": "calculation/best_of_n", "symbols": 8, "delta": 0.1}
    assert "calculation" not in cell("dataset=blobs").identity


def test_choices_and_epochs_are_those_of_a_calculation():
    calculated, trained = cell("calculation=best_of_n"), cell("dataset=blobs", "epochs=3")
    assert calculated.choices == {"calculation": "best_of_n"}
    assert (calculated.calculates, calculated.epochs) == (True, 1)
    assert (trained.calculates, trained.epochs) == (False, 3)
    assert calculated.task.primary == "kl_per_symbol"


@pytest.mark.parametrize(
    "override",
    ["loss=gce", "epochs=3", "dataset=blobs", "dataset.test_size=30", "regularizer=l2", "noise=0.4", "measure=[]"],
)
def test_what_speaks_of_training_is_refused(override):
    with pytest.raises(ConfigError, match="nothing is trained; what fits: calculation"):
        cell("calculation=best_of_n", override)


@pytest.mark.parametrize("override", ["seeds=3", "seed=2", "exec.wandb.mode=disabled", "store=elsewhere", "dry=true"])
def test_what_is_of_seeds_and_machines_may_be_said(override):
    assert cell("calculation=best_of_n", override).identity == cell("calculation=best_of_n").identity


def test_a_wrong_key_is_refused_by_its_range():
    with pytest.raises(ConfigError, match=r"calculation.symbols=0: must be a whole number in \[1, 1000\]"):
        cell("calculation=best_of_n", "calculation.symbols=0")


def test_metrics_of_calculations_and_of_training_are_known_by_name():
    assert known("test/kl_per_symbol", "metric").unit == "nats"
    assert known("test/accuracy", "metric").higher
    with pytest.raises(ConfigError, match=r"metric=test/kl_per_symbl: .*did you mean test/kl_per_symbol\?"):
        known("test/kl_per_symbl", "metric")


DECLARED = {
    'METRICS = {"a": ("less", "[0, 1]", "")}': r"METRICS\['a'\] is .*must be such as",
    'METRICS = {"a": ("lower", "[1, 0]", "")}': "low=1.0 must be below high=0.0",
    'METRICS = {"a": ("lower", 3, "")}': "must be such as",
    'METRICS = {"a": "lower"}': "must be such as",
    "METRICS = [1]": r"must declare METRICS = \{name: \(better, range, unit\)\}",
    "METRICS = {}": "must declare METRICS",
    "NUMBERS = 1": "must declare METRICS",
    "METRICS = dict(a=1)": "must be written out",
    'METRICS = {"a": ("lower", "[nan, 1]", "")}': "must be such as",
}


@pytest.mark.parametrize("line", DECLARED)
def test_a_declaration_that_cannot_be_is_refused(line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = f"declared{abs(hash(line))}"
    (tmp_path / f"{name}.py").write_text(f"{line}\n\n\ndef mine(draws):\n    return {{'a': 1.0}}\n")
    with pytest.raises(ConfigError, match=DECLARED[line]):
        cell(f"exec.own=[{name}]", f"calculation._target_={name}.mine")


def test_one_of_ones_own_is_called_by_its_dotted_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "calculatedhere.py").write_text(
        'METRICS = {"a": ("lower", "[0, 1]", "")}\n\n\ndef mine(draws):\n    ...\n'
    )
    asked = cell("exec.own=[calculatedhere]", "calculation._target_=calculatedhere.mine")
    assert asked.choices == {"calculation": "calculatedhere.mine"}
    assert asked.calculates
