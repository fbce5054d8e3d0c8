"""Steps of a gradient flow: the objective and the exact step by values, and what holds at the best map."""

import json

import numpy as np
import pytest
import torch
from scipy.stats import norm

from runner.data.streams import numbers
from runner.parts.calculations.jko_steps import (
    Normal,
    exact_step,
    jko_objective,
    jko_steps,
    learnt_step,
    symmetric_kl,
)
from tests.zoo import ROOT

VALUES = ROOT / "tests" / "values" / "transport"
CASES = json.loads((VALUES / "jko_objective.json").read_text())
STEPS = json.loads((VALUES / "jko_step.json").read_text())
SIZES = {"features": 2, "spread": 3.0, "distance": 2.0, "step": 0.3, "steps": 30, "batch_size": 64, "lr": 0.05}


@pytest.mark.parametrize("case", CASES)
def test_the_objective_is_worked_out(case):
    x, y, z, w = (torch.tensor(case["inputs"][key], dtype=torch.float64) for key in ("x", "Tx", "z", "w"))
    bias, step = case["hyper"]["bias"], case["hyper"]["step"]
    ratio = -y.square().sum(1) / 2 - np.log(2 * np.pi) + (y - 1).square().sum(1)
    found = jko_objective(y - x, 0.3 * y @ w + bias, ratio, (0.3 * z @ w + bias).exp(), step)
    assert found.item() == pytest.approx(case["output"]["value"])
    still = jko_objective(x - x, 0.3 * y @ w + bias, ratio, (0.3 * z @ w + bias).exp(), step)
    assert (found - still).item() == pytest.approx(case["output"]["w2"])


@pytest.mark.parametrize("case", STEPS)
def test_the_exact_step_is_worked_out(case):
    before = Normal(np.array([case["inputs"]["mean"]]), np.array([[case["inputs"]["var"]]]))
    after = exact_step(before, case["hyper"]["step"])
    assert after.mean.item() == pytest.approx(case["output"]["mean"])
    assert after.covariance.item() == pytest.approx(case["output"]["var"])


def test_the_exact_step_of_a_turned_gaussian_is_that_of_its_axes():
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    found = exact_step(Normal(np.zeros(2), turn @ np.diag([0.4, 2.0]) @ turn.T), 0.5).covariance
    axes = [exact_step(Normal(np.zeros(1), np.array([[value]])), 0.5).covariance.item() for value in (0.4, 2.0)]
    assert found == pytest.approx(turn @ np.diag(axes) @ turn.T)


def test_at_the_exact_step_the_gradient_vanishes_and_the_value_is_what_the_step_minimizes():
    mean, deviation, step = 0.7, 1.5**0.5, 0.3
    x = torch.tensor(mean + deviation * norm.ppf((np.arange(200000) + 0.5) / 200000))[:, None]
    after = exact_step(Normal(np.array([mean]), np.array([[1.5]])), step)
    to, spread = after.mean.item(), after.covariance.item() ** 0.5
    matrix, shift = (torch.tensor(v, dtype=torch.float64).requires_grad_() for v in (spread / deviation, to))
    first, second, rest = (torch.zeros((), dtype=torch.float64).requires_grad_() for _ in range(3))

    def log_h(y):
        best = (y - mean).square() / (2 * 1.5) - (y - to).square() / (2 * spread**2) + np.log(deviation / spread)
        return (best + first + second * y + rest * y.square())[:, 0]

    y = shift + matrix * (x - mean)
    ratio = (y.square() / 2 - (y - mean).square() / (2 * 1.5) - np.log(deviation))[:, 0]
    value = jko_objective(y - x, log_h(y), ratio, log_h(x).exp(), step)
    value.backward()
    moved = (to - mean) ** 2 + (spread - deviation) ** 2
    kl = (spread**2 + to**2 - 1) / 2 - np.log(spread)
    assert value.item() == pytest.approx(moved / (2 * step) + kl, abs=1e-3)
    for each in (matrix, shift, first, second, rest):
        assert each.grad.item() == pytest.approx(0, abs=2e-3)


def test_symmetric_kl_is_the_sum_of_both_ways_in_one_dimension():
    normal = Normal(np.array([0.5]), np.array([[2.0]]))
    there = (2.0 + 0.25 - 1 - np.log(2.0)) / 2
    back = ((1 + 0.25) / 2.0 - 1 + np.log(2.0)) / 2
    assert symmetric_kl(normal) == pytest.approx(there + back)
    assert symmetric_kl(Normal(np.zeros(3), np.eye(3))) == pytest.approx(0)


def test_exact_steps_come_nearer_every_time_and_a_learnt_step_near_to_the_exact_one():
    before = Normal(np.array([1.0, -1.0]), np.diag([2.0, 0.5]))
    after = exact_step(before, 0.3)
    assert symmetric_kl(exact_step(after, 0.3)) < symmetric_kl(after) < symmetric_kl(before)
    found = learnt_step(before, 0.3, 150, 128, 0.03, numbers("calculation", 0))
    assert found.mean == pytest.approx(after.mean, abs=0.1)
    assert found.covariance == pytest.approx(after.covariance, abs=0.2)


def test_without_training_nothing_moves():
    still = jko_steps(numbers("calculation", 0), rounds=2, **(SIZES | {"steps": 0}))
    assert still["symmetric_kl"] == pytest.approx(still["start_kl"])
    moved = jko_steps(numbers("calculation", 0), rounds=2, **SIZES)
    assert moved["symmetric_kl"] < 0.5 * still["start_kl"]
