"""Folds of five examples worked out step by step, derivatives, and where all ways to a fold meet."""

import json

import numpy as np
import pytest

from runner.data.streams import numbers
from runner.parts.calculations.iterative_cross_validation import (
    gradients,
    hessians,
    iterates,
    iterative_cross_validation,
    loss_left_out,
    newton,
)
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "theory" / "iterative_cross_validation.json").read_text())
KEYS = {"n": 60, "features": 5, "lr": 0.5, "l2": 0.01}


@pytest.mark.parametrize("case", CASES)
def test_iterates_and_losses_are_worked_out(case):
    x, y = np.array(case["inputs"]["x"]), np.array(case["inputs"]["y"])
    hyper, output = case["hyper"], case["output"]
    theta, close, exact = iterates(x, y, hyper["steps"], hyper["lr"], hyper["l2"])
    assert theta == pytest.approx(output["theta"], abs=1e-12)
    assert close == pytest.approx(np.array(output["iacv_iterates"]), abs=1e-12)
    assert exact == pytest.approx(np.array(output["exact_loo_iterates"]), abs=1e-12)
    assert loss_left_out(x, y, close).mean() == pytest.approx(output["cv_iacv"], abs=1e-12)
    assert loss_left_out(x, y, exact).mean() == pytest.approx(output["cv_exact"], abs=1e-12)


def test_the_hessian_is_the_derivative_of_the_gradient():
    draws = np.random.default_rng(0)
    x, y, theta = draws.normal(size=(6, 3)), np.array([0.0, 1, 1, 0, 1, 0]), draws.normal(size=3)
    there = np.broadcast_to(theta, x.shape)
    for place in range(3):
        move = 1e-6 * np.eye(3)[place]
        slope = (gradients(x, y, there + move, 0.1) - gradients(x, y, there - move, 0.1)) / 2e-6
        assert hessians(x, theta, 0.1)[:, :, place] == pytest.approx(slope, abs=1e-8)


def test_newtons_steps_end_where_the_folds_gradient_is_none():
    draws = np.random.default_rng(0)
    x, y = draws.normal(size=(30, 3)), (draws.uniform(size=30) < 0.5).astype(float)
    _, _, exact = iterates(x, y, 5000, 0.5, 0.1)
    assert gradients(x, y, exact, 0.1) == pytest.approx(np.zeros((30, 3)), abs=1e-10)
    theta, close, _ = iterates(x, y, 5000, 0.5, 0.1)
    assert newton(x, y, theta, 0.1) == pytest.approx(close, abs=1e-8)  # IACV's fixed point is one step of Newton's
    assert np.abs(newton(x, y, theta, 0.1) - exact).max() < np.abs(theta - exact).max() / 5


def test_the_first_step_is_exact():
    """All start at one place, so that there is nothing to expand."""
    found = iterative_cross_validation(numbers("calculation", 0), by="iacv", steps=1, **KEYS)
    assert found["parameter_error"] == pytest.approx(0, abs=1e-15)
    assert iterative_cross_validation(numbers("calculation", 0), by="newton", steps=1, **KEYS)["loss_error"] > 0.01
