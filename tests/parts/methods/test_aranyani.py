"""Aranyani: the released factor, the released update in a stream, and what it is without its penalty."""

import json

import pytest
import torch
from torch import tensor

from runner.console.errors import ConfigError
from runner.parts.methods.aranyani import huber, slopes
from tests.objectives import built, first, near, same
from tests.zoo import ROOT

(CASE,) = json.loads((ROOT / "tests" / "values" / "methods" / "aranyani.json").read_text())
FOREST = ["method=aranyani", "model=soft_forest"]
STREAM = [*FOREST, "dataset=biased_numbers", "dataset.num_train=64", "dataset.num_test=8"]
DELTA = 0.01


@pytest.mark.parametrize("slope", ["huber", "released"])
def test_factors_are_the_released_codes_and_hubers(slope):
    found = slopes(tensor(CASE["inputs"]["F"], dtype=torch.float64), CASE["hyper"]["delta"], slope)
    same(found, tensor(CASE["output"][slope], dtype=torch.float64))


def test_hubers_slope_is_the_derivative_of_hubers_function():
    apart = tensor([-0.3, -0.02, -0.005, 0.003, 0.009, 0.02], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(huber(apart, DELTA).sum(), apart)
    same(slopes(apart.detach(), DELTA, "huber"), slope)


def one(batch, i):
    return batch._replace(x=batch.x[i : i + 1], labels=batch.labels[i : i + 1], index=batch.index[i : i + 1])


def test_a_stream_has_the_released_update():
    """Means by 1 / t, and gradients of a node with the weights that it had when the example was there."""
    objective, batch = first(*STREAM, "batch_size=32", "method.weight=0.7")
    method = objective.method
    layer, numbers = method.nodes, [method.nodes.weight, method.nodes.bias]
    seen = {0: 0, 1: 0}
    mean = {group: [torch.zeros_like(each) for each in (layer.bias, *numbers)] for group in seen}
    pulled = 0
    for i in range(len(batch.x)):
        group = int(method.domain[batch.index[i]])
        seen[group] += 1
        decisions = (batch.x[i].flatten() @ layer.weight.T + layer.bias).sigmoid()
        slope = torch.autograd.grad(decisions.sum(), numbers)  # a row of it is of one node alone
        for old, new in zip(mean[group], (decisions.detach(), *slope), strict=True):
            old += (new - old) / seen[group]
        (apart, weight, bias) = (theirs - ours for ours, theirs in zip(mean[0], mean[1], strict=True))
        factor = torch.where(apart.abs() < DELTA, apart, (apart - DELTA / 2).sign())
        expected = [0.7 * factor[:, None] * weight, 0.7 * factor * bias]
        found = torch.autograd.grad(method.penalty(one(batch, i)), numbers)
        if min(seen.values()):
            pulled += 1
            near(found[0], expected[0])
            near(found[1], expected[1])
        else:
            assert all(not each.any() for each in found)
        with torch.no_grad():
            for number, gradient in zip(numbers, found, strict=True):
                number -= 0.5 * gradient + 0.1 * torch.randn_like(number)
    assert 10 < pulled < 32


def test_a_batch_counts_each_of_its_examples():
    (together, batch), (single, _) = (first(*STREAM, "batch_size=32") for _ in range(2))
    together.method.penalty(batch)
    for i in range(32):
        single.method.penalty(one(batch, i))
    for name in ("count", "decided", "moved"):
        near(getattr(together.method, name), getattr(single.method, name))
    assert together.method.count.tolist() == single.method.domain[batch.index].bincount().tolist()


def test_what_is_reported_is_the_function_of_the_gap():
    objective, batch = first(*STREAM, "batch_size=32", "method.weight=0.7")
    penalty, method = objective.method.penalty(batch), objective.method
    decisions, group = method.erm.network.features(batch.x).detach(), method.domain[batch.index]
    apart = decisions[group == 1].mean(0) - decisions[group == 0].mean(0)
    near(penalty, 0.7 * huber(apart, DELTA).sum())


def test_without_weight_it_is_plain_training():
    ours, batch = first(*STREAM, "method.weight=0")
    plain, _ = first(*STREAM, "method=erm", "model=soft_forest")
    same(ours.method(batch), plain.method(batch))
    same(ours.method.predict(batch.x), plain.method.predict(batch.x))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["model=mlp"], "model=soft_forest"),
        (["dataset=rotated_digits"], "biased_numbers"),
        (["dataset=blobs"], "environments"),
    ],
)
def test_what_has_no_nodes_or_no_two_groups_is_refused(options, said):
    with pytest.raises(ConfigError, match=said):
        built("method=aranyani", "model=soft_forest", "dataset=biased_numbers", *options)
