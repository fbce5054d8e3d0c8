"""Mixup's direction: the best one on worked numbers, fits at their minimum, and what mixing does to examples."""

import json

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm

from runner.data.streams import numbers
from runner.parts.calculations._logistic import RIDGE, gaussian_root, logistic
from runner.parts.calculations.mixup_direction import best, cosine, mixed, mixup_direction
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "theory" / "bayes_direction.json").read_text())
SIZES = {"kappa": 4.0, "separation": 2.0, "samples": 2000, "features": 5, "spread": 1.0, "pairs": 10}


@pytest.mark.parametrize("case", CASES)
def test_the_best_direction_is_the_closed_form(case):
    mu, root = np.array(case["inputs"]["mu"]), np.linalg.cholesky(case["inputs"]["Sigma"])
    direction = best(root, mu)
    assert direction == pytest.approx(np.array(case["output"]["direction"]) * np.linalg.norm(direction))
    assert norm.cdf(np.sqrt(mu @ direction)) == pytest.approx(case["output"]["bayes_accuracy"])


def test_a_fit_is_where_the_gradient_vanishes():
    draws = numbers("calculation", 0)
    x, targets = draws.normal(size=(50, 3)), draws.uniform(size=50)
    w = logistic(x, targets)
    assert x.T @ (expit(x @ w) - targets) / 50 + RIDGE * w == pytest.approx(0, abs=1e-6)


def test_a_covariance_has_the_spread_that_is_asked_for():
    values = np.linalg.svd(gaussian_root(numbers("calculation", 0), 8, 1.0), compute_uv=False) ** 2
    assert np.exp(-1) <= values.min() < 1 < values.max() <= np.exp(1)


@pytest.mark.parametrize("mask", [False, True])
def test_a_mixed_example_lies_between_its_two_and_a_masked_one_at_their_features(mask):
    x, labels = np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([0, 1])
    points, soft = mixed(numbers("calculation", 0), x, labels, 5000, mask)
    assert set(np.unique(points)) <= {0.0, 1.0} if mask else points == pytest.approx(np.stack([soft, soft], 1))
    assert points.mean(axis=1) @ soft == pytest.approx(soft @ soft, rel=0.05)


@pytest.mark.parametrize("augmentation", ["none", "mixup"])
def test_many_examples_are_pointed_along_the_best_direction(augmentation):
    found = mixup_direction(numbers("calculation", 0), **SIZES | {"kappa": 0.5}, augmentation=augmentation)
    assert found["direction_cosine"] > 0.98


def test_masks_point_elsewhere_with_any_number_of_examples():
    cosines = [
        mixup_direction(numbers("calculation", 0), **SIZES | {"samples": n}, augmentation="mask")["direction_cosine"]
        for n in (2000, 20000)
    ]
    assert max(cosines) < 0.99


def test_a_cosine_has_no_length():
    assert cosine(np.array([3.0, 0.0]), np.array([-1.0, 0.0])) == -1
    assert cosine(np.array([3.0, 4.0]), np.array([1.0, 0.0])) == pytest.approx(0.6)
