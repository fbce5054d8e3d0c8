"""Networks of unequal depth: the reference's alignments, and lengthening that changes no function."""

import json
from itertools import combinations

import numpy as np
import pytest
import torch

from runner.merging.cross_layer import aligned, cka, lengthened
from tests.merging.test_chain import network
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests/values/merging/cross_layer.json").read_text())


@pytest.mark.parametrize("case", CASES)
def test_layers_are_aligned_as_by_the_released_code(case):
    found = aligned(np.array(case["inputs"]["cost"]), pinned=case["hyper"]["start_layer_idx"] == 2)
    assert [place + 1 for place in found] == case["output"]


@pytest.mark.parametrize("pinned", [True, False])
@pytest.mark.parametrize("shape", [(4, 4), (5, 2), (6, 3), (3, 1)])
def test_no_increasing_alignment_costs_less(shape, pinned):
    cost = np.random.default_rng(0).random(shape)
    every = {
        places: sum(cost[i, j] for j, i in enumerate(places)) for places in combinations(range(shape[0]), shape[1])
    }
    may = {places: its for places, its in every.items() if not pinned or places[0] == 0}
    assert tuple(aligned(cost, pinned=pinned)) == min(may, key=may.get)


def test_activations_are_as_like_turned_and_unlike_drawn_anew():
    torch.manual_seed(0)
    x, turn = torch.randn(500, 6), torch.linalg.qr(torch.randn(6, 6))[0]
    assert cka(x, 5 * x @ turn - 2) == pytest.approx(1)
    assert cka(x, torch.randn(500, 4)) < 0.05


@pytest.mark.parametrize("depths", [(1, 3), (2, 5), (3, 3)])
def test_a_lengthened_network_computes_the_same(depths):
    shallow, deep = (network("mlp", {"depth": depth, "width": 9}) for depth in depths)
    x = torch.randn(50, 1, 28, 28, dtype=torch.float64)
    before = shallow(x)
    state = lengthened(shallow, deep, x)
    deep.load_state_dict(state)
    torch.testing.assert_close(deep(x), before)


@pytest.mark.parametrize(
    ("shallow", "why"),
    [
        ({"depth": 4}, "4 hidden layers are more than 3"),
        ({"width": 8}, "equally wide"),
        ({"norm": "batch"}, "without a norm"),
    ],
)
def test_what_cannot_be_lengthened_is_refused(shallow, why):
    few, many = (network("mlp", {"depth": 3, "width": 9, **changed}) for changed in (shallow, {}))
    with pytest.raises(ValueError, match=why):
        lengthened(few, many, torch.randn(20, 1, 28, 28, dtype=torch.float64))
