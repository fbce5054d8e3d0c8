"""Sums of sets: the layer of the formula, what the order of a set changes, and what is learned."""

import json

import numpy as np
import pytest
import torch

from runner.data.streams import numbers
from runner.parts.calculations._network import Network
from runner.parts.calculations.set_sums import SetNetwork, equivariant, gated, set_sums, sets
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "single_tasks" / "set_sums.json").read_text())
PLAIN = {
    "pool": "sum", "mixing": "none", "width": 8, "trained_on": 3, "tested_on": 6, "train_size": 500, "steps": 150,
    "batch_size": 16, "lr": 0.02, "tested": 100,
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_equivariant_layer_is_the_formula(case):
    x, own, pooled, bias = (
        torch.tensor(case["inputs"][name], dtype=torch.float64) for name in ("x", "Lambda", "Gamma", "bias")
    )
    found = equivariant(x, own, pooled, bias)
    assert found.numpy() == pytest.approx(np.array(case["output"]["pre_activation"]), abs=1e-12)
    assert found.tanh().numpy() == pytest.approx(np.array(case["output"]["tanh"]), abs=1e-12)
    released = equivariant(x, own, pooled, bias, released=True)
    assert released.numpy() == pytest.approx(np.array(case["output"]["released_pointcloud_variant"]), abs=1e-12)


@pytest.mark.parametrize("mixing", ["none", "equivariant", "released"])
@pytest.mark.parametrize(("pool", "same"), [("sum", True), ("max", True), ("gru", False)])
def test_the_order_of_a_set_counts_for_the_recurrent_network_alone(pool, same, mixing):
    network = SetNetwork(np.random.default_rng(0), pool, mixing, 5)
    x = torch.as_tensor(np.random.default_rng(1).uniform(size=(3, 4, 64)))
    found, other = network(x), network(x[:, [2, 0, 3, 1]])
    assert torch.allclose(found, other, atol=1e-12) == same
    assert not torch.allclose(found, found[[1, 2, 0]])
    assert torch.allclose(network(x[[1, 2, 0]]), found[[1, 2, 0]])


@pytest.mark.parametrize("released", [False, True])
def test_the_layer_moves_with_its_set(released):
    draws = np.random.default_rng(0)
    x, own, pooled = (torch.as_tensor(draws.normal(size=shape)) for shape in ((5, 3), (3, 2), (3, 2)))
    found, order = equivariant(x, own, pooled, torch.zeros(2).double(), released=released), [3, 1, 4, 0, 2]
    assert torch.allclose(equivariant(x[order], own, pooled, torch.zeros(2).double(), released=released), found[order])


def test_twice_the_set_is_twice_the_sum_and_the_same_maximum():
    x = torch.as_tensor(np.random.default_rng(1).uniform(size=(3, 4, 64)))
    twice = torch.cat([x, x], 1)
    for pool, times in (("sum", 2), ("max", 1)):
        network = SetNetwork(np.random.default_rng(0), pool, "none", 5)
        assert torch.allclose(network(twice), times * network(x))  # the bias is 0 at the start


def test_a_gated_unit_is_the_formula():
    draws = np.random.default_rng(0)
    gates = [Network(draws, (6, 3), ()) for _ in range(3)]
    x = torch.as_tensor(draws.normal(size=(2, 5, 3)))
    found = gated(x, gates)
    state = torch.zeros(2, 3).double()
    for t in range(5):
        z, r, n = (gate.weights[0] for gate in gates)
        keep = torch.sigmoid(x[:, t] @ z[:, :3].T + state @ z[:, 3:].T)
        reset = torch.sigmoid(x[:, t] @ r[:, :3].T + state @ r[:, 3:].T)
        new = torch.tanh(x[:, t] @ n[:, :3].T + (reset * state) @ n[:, 3:].T)
        state = keep * state + (1 - keep) * new
    assert torch.allclose(found, state)


def test_a_target_is_the_sum_of_the_digits_that_are_shown():
    part = (torch.arange(12.0).reshape(4, 3), torch.tensor([5, 1, 7, 2]))
    x, target = sets(np.random.default_rng(0), part, 6, 3)
    assert x.shape == (6, 3, 3)
    shown = part[1][(x[..., 0] / 3).long()]
    assert target.tolist() == shown.sum(1).tolist()


def test_every_parameter_is_trained_and_no_other_is():
    for pool, mixing, count in (("sum", "none", 6), ("gru", "none", 12), ("max", "equivariant", 9)):
        network = SetNetwork(np.random.default_rng(0), pool, mixing, 5)
        x = torch.as_tensor(np.random.default_rng(1).uniform(size=(3, 4, 64)))
        slopes = torch.autograd.grad(network(x).sum(), network.parameters())
        assert len(slopes) == count
        assert all(slope.abs().max() > 0 for slope in slopes)


def test_sums_of_larger_sets_are_learned_by_adding_and_not_by_the_largest():
    by_sum = set_sums(numbers("calculation", 0), **PLAIN)
    by_max = set_sums(numbers("calculation", 0), **{**PLAIN, "pool": "max"})
    assert by_sum["error"] < 10  # a digit is 4.5 in the mean, and so six of them are 27
    assert by_sum["error"] < by_max["error"]
    assert by_sum["error_within"] < by_sum["error"]
    assert 0 < by_sum["accuracy"] < 1
