"""Weight matching: two small networks in float64, what is matched to itself, and where a barrier must be none."""

import json

import numpy as np
import pytest
import torch

from runner.compose.command_line import compose_cells
from runner.data.streams import numbers
from runner.merging.chain import Layer, moved
from runner.merging.matching import distance, matched
from runner.parts.calculations.weight_matching import LAYERS, line, trained, weight_matching
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "theory" / "weight_matching.json").read_text())


@pytest.mark.parametrize("case", CASES)
def test_an_order_and_its_distance_are_known(case):
    w1, w2, v1, v2 = (torch.tensor(case["inputs"][name]) for name in ("w1", "w2", "v1", "v2"))
    layers = [Layer("weight1", []), Layer("weight2", [])]
    first, second = ({"weight1": one, "weight2": two} for one, two in ((w1, w2), (v1, v2)))
    order = matched(first, second, layers)
    assert order[0].tolist() == case["output"]["permutation"]
    assert distance(first, second, layers) == pytest.approx(case["output"]["l2_before"], rel=1e-5)
    assert distance(first, moved(second, layers, order), layers) == pytest.approx(case["output"]["l2_after"], rel=1e-5)


def test_a_network_in_another_order_has_the_same_line():
    """And so all of its distance is taken by matching."""
    x, y = torch.randn(60, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0)), torch.arange(60) % 10
    first, second = (trained(numbers("test", seed), x, y, 6, 30, 20, 0.01) for seed in (0, 1))
    shuffled = moved(first, LAYERS, [np.array([3, 1, 5, 0, 2, 4])])
    assert line(shuffled, shuffled, x, y, 3) == pytest.approx(line(first, first, x, y, 3), rel=1e-12)
    assert distance(first, moved(shuffled, LAYERS, matched(first, shuffled, LAYERS)), LAYERS) == 0
    ends = line(first, second, x, y, 3)
    assert [ends[0], ends[2]] == pytest.approx([line(one, one, x, y, 3)[0] for one in (first, second)], rel=1e-12)


def test_training_is_of_use_and_one_unit_has_one_order():
    (cell,) = compose_cells(["calculation=weight_matching"], multirun=False)
    keys = {key: value for key, value in cell.config["calculation"].items() if key != "_target_"}
    few = weight_matching(numbers("calculation", 0), **{**keys, "epochs": 3, "width": 1})
    assert (few["barrier_removed"], few["distance_kept"]) == (0, 1)
    many = weight_matching(numbers("calculation", 0), **{**keys, "epochs": 3})
    assert 0 < many["barrier_after"] < many["barrier_before"] < 2.3
    assert many["distance_kept"] < 1
