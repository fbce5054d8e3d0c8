"""Information of binned layers: known tables in float64, closed forms, and what saturation and shrinking change."""

import json

import numpy as np
import pytest

from runner.compose.command_line import compose_cells
from runner.data.streams import numbers
from runner.parts.calculations._bins import binned, edges, entropy, label_information
from runner.parts.calculations.information_plane import information_plane, patterns
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "theory" / "information_plane.json").read_text())
WIDTH = [case for case in CASES if "activations" in case["inputs"]]
MASS = [case for case in CASES if "activation" in case["inputs"]]


@pytest.mark.parametrize("case", WIDTH)
def test_bins_of_one_width_are_as_known(case):
    held, labels = np.array(case["inputs"]["activations"])[None], np.array(case["inputs"]["label"])
    (cells,) = binned(held, edges(held, "range", case["hyper"]["bins"]))
    assert entropy(cells) * np.log(2) == pytest.approx(case["output"]["I_X_T"], abs=1e-12)
    assert label_information(cells, labels) * np.log(2) == pytest.approx(case["output"]["I_T_Y"], abs=1e-12)


@pytest.mark.parametrize("case", MASS)
def test_bins_of_one_mass_are_as_known(case):
    held = np.array(case["inputs"]["activation"])[None, :, None]
    separating = edges(held, "mass", case["hyper"]["bins"])
    assert separating == pytest.approx(case["output"]["edges"], abs=1e-12)
    assert entropy(binned(held, separating)[0]) * np.log(2) == pytest.approx(case["output"]["entropy"], abs=1e-12)


def test_edges_of_relu_are_of_all_times():
    held = np.array([[[0.0], [1.0]], [[0.0], [4.0]]])
    assert edges(held, "span", 4) == pytest.approx([1, 2, 3])
    assert binned(held, np.array([2.0])).tolist() == [[0, 0], [0, 1]]


def test_units_are_counted_together():
    """Two bits that differ are two bits of information, and no label that is not among them is told of."""
    held = np.array([[[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]]])
    (cells,) = binned(held, np.array([0.0]))
    assert entropy(cells) == pytest.approx(2)
    assert label_information(cells, np.array([0, 1, 1, 0])) == pytest.approx(1)
    assert label_information(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])) == 0
    three = np.array([0, 1, 2])
    assert label_information(three, three) == pytest.approx(np.log2(3))
    assert label_information(np.array([0, 0, 1]), np.array([0, 2, 0])) == pytest.approx(np.log2(3) - 4 / 3)


def test_all_patterns_once_and_half_of_each_label():
    x, y = patterns(numbers("calculation", 0))
    assert len(np.unique(x, axis=0)) == 4096
    assert set(np.unique(x)) == {-1.0, 1.0}
    assert y.mean() == pytest.approx(0.5, abs=0.001)


def test_training_learns_and_decay_without_end_leaves_nothing():
    (cell,) = compose_cells(["calculation=information_plane"], multirun=False)
    keys = {key: value for key, value in cell.config["calculation"].items() if key != "_target_"}
    few = {**keys, "steps": 150, "times": 4}
    plain = information_plane(numbers("calculation", 0), **few)
    assert plain["rule_error"] < 0.4
    assert plain["label_information"] > 0.3
    crushed = information_plane(numbers("calculation", 0), **{**few, "decay": 10.0})
    assert crushed["compression"] > 5
    assert crushed["rule_error"] > 0.4
