"""Clipped steps: worked clips, descent without noise in closed form, what normal noise leaves, and heavy tails."""

import json

import numpy as np
import pytest

from runner.data.streams import numbers
from runner.parts.calculations.clipped_steps import (
    classification,
    clipped,
    clipped_steps,
    descended,
    quadratic,
    settings,
)
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "theory" / "clipped_steps.json").read_text())
SIZES = {"problem": "quadratic", "alpha": 1.5, "features": 5, "steps": 100, "runs": 50, "rates": 3, "thresholds": 3}
PROBLEMS = {"quadratic": quadratic, "classification": classification}


def found(method, **others):
    return clipped_steps(numbers("calculation", 0), method=method, **SIZES | others)["log_tail"]


@pytest.mark.parametrize("case", CASES)
def test_a_clip_is_the_worked_one(case):
    gradient, c = np.array(case["inputs"]["gradient"]), case["hyper"]["c"]
    assert clipped(gradient, c) == pytest.approx(np.array(case["output"]["clipped"]))
    assert clipped(gradient, np.inf) == pytest.approx(gradient)
    assert clipped(np.stack([gradient, gradient / 100]), c)[1] == pytest.approx(gradient / 100)


def test_without_noise_and_threshold_each_coordinate_falls_by_one_less_rate_times_curvature():
    loss, gradient, minimum = quadratic(numbers("calculation", 0), 3)
    start, rates = minimum + 1, np.array([0.1, 0.5])
    last = descended(gradient, start, np.zeros((7, 1, 3)), rates, np.full(2, np.inf))
    remaining = (1 - rates[:, None] * np.array([0.1, 0.1**0.5, 1.0])) ** 7
    assert last[:, 0] - minimum == pytest.approx(remaining)
    assert loss(last)[:, 0] == pytest.approx((remaining**2 @ np.array([0.1, 0.1**0.5, 1.0])) / 2)


def test_a_clipped_step_has_the_length_of_rate_times_threshold():
    _, gradient, minimum = quadratic(numbers("calculation", 0), 3)
    last = descended(gradient, minimum + 100, np.zeros((1, 1, 3)), np.array([0.5]), np.array([2.0]))
    assert np.linalg.norm(last - minimum - 100) == pytest.approx(1.0)


@pytest.mark.parametrize("name", PROBLEMS)
def test_gradients_are_those_of_the_loss_and_vanish_at_its_minimum(name):
    loss, gradient, minimum = PROBLEMS[name](numbers("calculation", 0), 4)
    place, way = minimum + np.array([0.3, -0.5, 0.1, 0.7]), np.eye(4) * 1e-5
    slopes = (loss(place + way) - loss(place - way)) / 2e-5
    assert gradient(place) == pytest.approx(slopes, rel=1e-6)
    assert gradient(minimum) == pytest.approx(0, abs=1e-5)
    assert loss(minimum) == pytest.approx(0, abs=1e-12)
    assert loss(place) > 0


def test_normal_noise_leaves_what_a_linear_recursion_keeps():
    """The variance of a coordinate of curvature h is rate^2 2 / (1 - (1 - rate h)^2)."""
    _, gradient, minimum = quadratic(numbers("calculation", 0), 2)
    noise = np.sqrt(2) * numbers("calculation", 1).normal(size=(200, 2000, 2))
    last = descended(gradient, minimum, noise, np.array([0.3]), np.array([np.inf]))[0] - minimum
    assert last.var(axis=0) == pytest.approx([0.18 / (1 - 0.97**2), 0.18 / (1 - 0.7**2)], rel=0.1)


def test_both_methods_choose_among_as_many_settings_over_the_same_rates():
    (sgd, unlimited), (rates, thresholds) = settings("sgd", 6, 4), settings("clipped", 6, 4)
    assert len(sgd) == len(rates) == len(set(zip(rates, thresholds, strict=True))) == 24
    assert np.isinf(unlimited).all()
    assert np.isfinite(thresholds).all()
    assert (sgd.min(), sgd.max()) == (rates.min(), rates.max()) == pytest.approx((1e-3, 1.0))


@pytest.mark.parametrize("problem", ["quadratic", "logistic"])
def test_under_heavy_tails_the_worst_clipped_run_is_far_better_and_under_normal_noise_about_as_good(problem):
    gaps = [
        found("sgd", problem=problem, alpha=alpha) - found("clipped", problem=problem, alpha=alpha)
        for alpha in (1.1, 2.0)
    ]
    assert gaps[0] > 0.5
    assert abs(gaps[1]) < 0.4


@pytest.mark.parametrize("method", ["sgd", "clipped"])
def test_the_setting_that_is_chosen_is_no_bad_one(method):
    assert found(method, alpha=2.0) < np.log(1.5)
