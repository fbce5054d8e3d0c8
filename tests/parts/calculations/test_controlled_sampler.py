"""Controlled paths: worked losses and gradients, the exact control of a Gaussian target, and where training ends."""

import json
from math import log, pi

import numpy as np
import pytest
import torch

from runner.data.streams import numbers
from runner.parts.calculations.controlled_sampler import controlled_sampler, loss, path
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "density" / "controlled_sampler.json").read_text())
LOSSES = [case for case in CASES if "W" in case["inputs"]]
CONTROLS = [case for case in CASES if "t" in case["inputs"]]
SIZES = {"width": 8, "intervals": 8, "steps": 40, "batch_size": 32, "lr": 0.02, "tested": 1000}


def normal(*shape, seed=0):
    return torch.from_numpy(numbers("test", seed).normal(size=shape))


@pytest.mark.parametrize("objective", ["lv", "kl"])
@pytest.mark.parametrize("case", LOSSES)
def test_losses_and_gradients_are_the_worked_ones(case, objective):
    matrix, shift = (torch.tensor(case["inputs"][key], dtype=torch.float64, requires_grad=True) for key in ("W", "b"))
    noise = torch.tensor(case["inputs"]["dW_over_sqrt_dt"], dtype=torch.float64)

    def control(time, x):
        return x @ matrix.T + shift * (1 + time)

    def target(x):
        return -(x - 1).square().sum(1) / 0.6

    found = loss(objective, control, target, noise)
    assert found.item() == pytest.approx(case["output"][objective]["loss"], rel=1e-10)
    (slope,) = torch.autograd.grad(found, matrix)
    assert slope.numpy() == pytest.approx(np.array(case["output"][objective]["gradient"]), abs=1e-9)


def exact(time, x, mean, variance):
    """The control to N(mean, variance): that the rest of the path, tilted by target over reference, leads to."""
    precision = 1 / (1 - time) + 1 / variance - 1
    return ((x / (1 - time) + mean / variance) / precision - x) / (1 - time)


@pytest.mark.parametrize("case", CONTROLS)
def test_the_exact_control_is_the_worked_one_and_its_paths_all_tell_z(case):
    mean, variance = case["hyper"]["m"], case["hyper"]["v"]
    times, x = (np.array(case["inputs"][key]) for key in ("t", "x"))
    assert exact(times, x, mean, variance) == pytest.approx(np.array(case["output"]["u"]), abs=1e-12)

    def target(x):
        return 0.7 - (x[:, 0] - mean) ** 2 / variance / 2 - log(2 * pi * variance) / 2

    def found(intervals, shift=0.0):
        def control(time, x):
            return exact(time, x, mean, variance) + shift

        noise = normal(intervals, 2000, 1)
        logs, ends = path(control, target, noise)
        assert loss("lv", control, target, noise).item() == pytest.approx(logs.var().item())
        return logs, ends

    coarse, fine = found(10), found(160)
    assert fine[0].var() < coarse[0].var() / 8 < 0.05
    assert fine[0].mean().item() == pytest.approx(-0.7, abs=0.02)
    assert fine[1].mean().item() == pytest.approx(mean, abs=0.05)
    assert fine[1].var().item() == pytest.approx(variance, abs=0.03)
    assert found(160, 0.5)[0].var() > 0.2


def test_both_gradients_agree_in_the_mean():
    """Of the variance, half the gradient is that of the divergence where paths follow the control itself."""
    slopes = {}
    for objective in ("lv", "kl"):
        shift = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
        found = loss(
            objective,
            lambda time, x, shift=shift: shift.expand_as(x),
            lambda x: -(x[:, 0] - 1).square(),
            normal(4, 200_000, 1),
        )
        (slopes[objective],) = torch.autograd.grad(found, shift)
    assert slopes["lv"].item() / 2 == pytest.approx(slopes["kl"].item(), abs=0.05)
    assert abs(slopes["kl"]) > 0.5


def test_training_brings_the_divergence_down():
    for objective in ("lv", "kl"):
        few, more = (
            controlled_sampler(numbers("calculation", 100), objective=objective, **SIZES | {"steps": steps})
            for steps in (1, 60)
        )
        assert more["elbo_gap"] < 0.9 * few["elbo_gap"]
        assert more["elbo_gap"] > -0.05
