"""Weight matching: the reference's permutations, and units that were shuffled found again."""

import json
from itertools import permutations

import numpy as np
import pytest
import torch
from scipy.spatial.distance import sqeuclidean

from runner.merging.chain import Layer, chain_of, moved
from runner.merging.matching import distance, matched
from tests.merging.test_chain import CHAINS, network
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests/values/merging/weight_matching.json").read_text())
LAYERS = [Layer("1", []), Layer("2", [])]


def pair_of(inputs):
    return [
        {name: torch.tensor(inputs[f"{which}{name}"], dtype=torch.float64) for name in ("1", "2")} for which in "wv"
    ]


@pytest.mark.parametrize("case", CASES)
def test_one_hidden_layer_has_the_reference_permutation(case):
    first, second = pair_of(case["inputs"])
    orders = matched(first, second, LAYERS)
    assert orders[0].tolist() == case["output"]["permutation"]
    found = distance(first, second, LAYERS), distance(first, moved(second, LAYERS, orders), LAYERS)
    assert found == pytest.approx((case["output"]["l2_before"], case["output"]["l2_after"]))


def test_of_one_hidden_layer_it_is_the_nearest_of_all_orders():
    first, second = pair_of(CASES[0]["inputs"])
    flat = [np.concatenate([each["1"].numpy(), each["2"].numpy().T], axis=1) for each in (first, second)]
    every = {order: sqeuclidean(flat[0].ravel(), flat[1][list(order)].ravel()) for order in permutations(range(4))}
    assert min(every, key=every.get) == tuple(matched(first, second, LAYERS)[0])


@pytest.mark.parametrize("case", CHAINS)
def test_shuffled_units_are_found_again(case):
    name, changed, _ = CHAINS[case]
    made = network(name, changed)
    state, layers = {key: value.clone() for key, value in made.state_dict().items()}, chain_of(made)
    shuffled = moved(state, layers, [torch.randperm(len(state[layer.weight])) for layer in layers[:-1]])
    assert distance(state, shuffled, layers) > 0
    again = moved(shuffled, layers, matched(state, shuffled, layers))
    for key, value in state.items():
        torch.testing.assert_close(again[key], value)


def test_matching_never_leads_away():
    torch.manual_seed(0)
    layers = [Layer(f"{i}.weight", [f"{i}.bias"]) for i in range(3)]
    sizes = [(6, 4), (5, 6), (3, 5)]
    first, second = (
        {
            f"{i}.{name}": torch.randn(size if name == "weight" else size[0])
            for i, size in enumerate(sizes)
            for name in ("weight", "bias")
        }
        for _ in range(2)
    )
    after = moved(second, layers, matched(first, second, layers))
    assert distance(first, after, layers) < distance(first, second, layers)
