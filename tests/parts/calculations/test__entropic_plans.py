"""Entropic plans that are learnt: Langevin's drift and where it ends, effort of a drift, and what is best."""

import json

import numpy as np
import pytest
import torch

from runner.data.streams import numbers
from runner.parts.calculations import _entropic_plans as plans
from runner.parts.calculations._entropic_plans import egnot, enot, followed, langevin, score
from runner.parts.calculations._gaussian_transport import entropic_cross
from runner.parts.calculations._transport_training import Samples, Training
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "transport" / "quadratic_potential.json").read_text())


def column(values):
    return torch.tensor(values, dtype=torch.float64)[:, None]


def quadratic(case):
    """The gradient of f of a case."""
    return lambda y: case["hyper"]["q"] * y + case["hyper"]["l"]


@pytest.mark.parametrize("case", CASES)
def test_langevins_drift_at_zero_is_worked_out(case):
    x = column(case["inputs"]["x"])
    found = score(quadratic(case), x, torch.zeros_like(x), case["hyper"]["eps"])
    assert found[:, 0].tolist() == pytest.approx(case["output"]["langevin_drift_at_y0"])


@pytest.mark.parametrize("case", CASES)
def test_of_a_quadratic_function_chains_end_in_its_normal_distribution(case, monkeypatch):
    monkeypatch.setattr(plans, "LANGEVIN", 0.02)
    eps, x = case["hyper"]["eps"], column(case["inputs"]["x"]).repeat_interleave(4000, 0)
    found = langevin(quadratic(case), x, x, eps, 400, numbers("calculation", 0)).reshape(3, 4000)
    assert found.mean(1).numpy() == pytest.approx(np.array(case["output"]["mean"]), abs=0.08)
    assert found.var(1).numpy() == pytest.approx(np.full(3, case["output"]["var"]), rel=0.08)


def test_at_the_best_function_drawn_points_have_the_moments_of_the_target():
    """So the gradient of egnot's objective is 0: with y | x ~ N(x / (1 - q), eps / (1 - q)) it is that of moments."""
    cov0, cov1, eps = 2.0, 0.7, 0.5
    cross = entropic_cross(np.array([[cov0]]), np.array([[cov1]]), eps).item()
    q = 1 - cov0 / cross
    assert eps / (1 - q) == pytest.approx(cov1 - cross**2 / cov0)
    assert cov0 / (1 - q) ** 2 + eps / (1 - q) == pytest.approx(cov1)


def test_a_drift_that_is_constant_moves_by_itself_and_has_half_its_square_as_effort():
    x = torch.zeros(20000, 2, dtype=torch.float64)
    speed = torch.tensor([1.0, -2.0], dtype=torch.float64)
    end, effort = followed(lambda at, t: speed.expand_as(at), x, 0.5, numbers("calculation", 0))
    assert effort.numpy() == pytest.approx(2.5)
    assert end.mean(0).numpy() == pytest.approx(speed.numpy(), abs=0.02)
    assert end.var(0).numpy() == pytest.approx(0.5, rel=0.05)


@pytest.mark.parametrize(("objective", "most", "lr"), [(enot, 120, 0.05), (egnot, 60, 0.03)])
def test_training_moves_the_variance_towards_that_of_the_target(objective, most, lr):
    roots = (np.diag([1.0, 1.0]), np.diag([2.0, 2.0]))
    draws = numbers("calculation", 0)
    x = torch.tensor(draws.normal(size=(500, 2)))
    few, many = (
        objective(0.3, draws, Samples(roots, 0, draws), Training(steps, 32, lr, 8))(x, draws).var().item()
        for steps in (1, most)
    )
    assert abs(np.log(many / 4)) < 0.8 * abs(np.log(few / 4))
