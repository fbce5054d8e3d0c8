"""InfoOT: the released code's values step by step, entropic transport as its limit, and what it tells."""

import json

import pytest
import torch
from torch import tensor

from runner.parts.measures import _transport as transport
from tests.zoo import ROOT

(CASE,) = json.loads((ROOT / "tests" / "values" / "measures" / "transport.json").read_text())
X, Y, OTHER, PLAN = (tensor(CASE["inputs"][name], dtype=torch.float64) for name in ("x", "y", "x2", "plan"))
KERNELS = transport.kernel(X), transport.kernel(Y)


def close(found, key, within=1e-12):
    torch.testing.assert_close(found, tensor(CASE["output"][key], dtype=torch.float64), rtol=0, atol=within)


def test_each_step_is_the_released_codes():
    close(KERNELS[0], "kernel_x")
    close(KERNELS[1], "kernel_y")
    close(transport.ratio(PLAN, *KERNELS), "ratio")
    close(transport.information(PLAN, *KERNELS), "mi")
    close(-transport.slope(PLAN, *KERNELS), "minus_gradient")


def test_the_plan_is_the_released_codes(monkeypatch):
    monkeypatch.setattr(transport, "INNER", 1000)  # as POT has
    cost, both = torch.cdist(X, OTHER), (KERNELS[0], transport.kernel(OTHER))
    plan = transport.planned(cost, *both, lam=CASE["hyper"]["lam"], reg=CASE["hyper"]["reg"])
    close(plan, "fused_plan", 1e-9)
    close(transport.projected(plan, OTHER), "projected", 1e-8)


def test_the_slope_is_the_derivative_of_the_information():
    plan = PLAN.clone().requires_grad_()
    (slope,) = torch.autograd.grad(transport.information(plan, *KERNELS), plan)
    torch.testing.assert_close(transport.slope(PLAN, *KERNELS), slope, rtol=1e-10, atol=1e-10)


def test_without_information_it_is_the_entropic_plan():
    """The one with these margins for which log P + C / reg is a number of the row plus one of the column."""
    cost = torch.cdist(X, OTHER)
    plan = transport.planned(cost, *KERNELS, lam=0.0, reg=0.5)
    torch.testing.assert_close(plan.sum(1), torch.full((5,), 1 / 5, dtype=torch.float64))
    torch.testing.assert_close(plan.sum(0), torch.full((6,), 1 / 6, dtype=torch.float64))
    potential = plan.log() + cost / 0.5
    centred = potential - potential.mean(0) - potential.mean(1, keepdim=True) + potential.mean()
    torch.testing.assert_close(centred, torch.zeros_like(centred))
    torch.testing.assert_close(transport.planned(cost, *KERNELS, lam=1e-9, reg=0.5), plan)


def test_sources_of_different_labels_are_far_apart():
    near = transport.kernel(X[:, :1] * 0, tensor([0, 0, 1, 1, 1]))
    assert near[0, 1] == 1
    assert near[0, 2] < 0.02


def moved(shift, seeds=1):
    """Two classes at opposite places, and the same ones elsewhere."""
    labels = torch.arange(40).expand(seeds, -1) % 2
    noise = torch.randn(2, seeds, 40, 2, generator=torch.Generator().manual_seed(0))
    at = 6.0 * (labels[..., None] - 0.5) * tensor([1.0, 0.0])
    return (at + noise[0], labels), (at + noise[1] + tensor(shift), labels)


def test_it_tells_classes_that_have_moved_further_than_they_are_apart():
    sources, targets = moved([8.0, 0.0], seeds=2)
    nearest = sources[1][0][torch.cdist(targets[0][0], sources[0][0]).argmin(1)]
    assert (nearest == targets[1][0]).double().mean() == 0.5
    found = transport.told_by_transport(sources, targets)
    assert found["infoot_accuracy"].tolist() == [1.0, 1.0]
    assert (found["ot_accuracy"] > 0.9).all()


def test_labels_of_targets_are_only_compared_with():
    sources, (features, labels) = moved([8.0, 0.0])
    right = transport.told_by_transport(sources, (features, labels))
    wrong = transport.told_by_transport(sources, (features, 1 - labels))
    for name, value in right.items():
        assert wrong[name].item() == pytest.approx(1 - value.item())


def test_one_target_tells_nothing():
    sources, (features, labels) = moved([0.0, 0.0])
    found = transport.told_by_transport(sources, (features[:, :1], labels[:, :1]))
    assert all(value.isnan().all() for value in found.values())
