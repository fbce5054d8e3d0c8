"""Random features: ridge regression against its normal equations, the limits of the ridge, and what noise does."""

import numpy as np
import pytest

from runner.data.streams import numbers
from runner.parts.calculations.random_features import RIDGES, random_features, regressions, relu

SIZES = {"problem": "power_law", "features": 128, "samples": 64, "noise": 0.0}


def found(**others):
    return random_features(numbers("calculation", 0), **SIZES | others)


@pytest.mark.parametrize(("examples", "features"), [(12, 5), (5, 12)])
def test_each_ridge_solves_its_normal_equations(examples, features):
    draws = numbers("calculation", 0)
    train, test, y = (
        draws.normal(size=(examples, features)),
        draws.normal(size=(3, features)),
        draws.normal(size=examples),
    )
    fitted, predicted = regressions(train, y, test)
    for i in (24, 40):
        w = np.linalg.solve(train.T @ train + RIDGES[i] * np.eye(features), train.T @ y)
        assert fitted[i] == pytest.approx(train @ w)
        assert predicted[i] == pytest.approx(test @ w)


def test_a_ridge_near_zero_interpolates_and_a_large_one_predicts_nothing():
    draws = numbers("calculation", 0)
    train, y = draws.normal(size=(5, 12)), draws.normal(size=5)
    fitted, _ = regressions(train, y, train)
    assert fitted[0] == pytest.approx(y, abs=1e-6)
    assert np.abs(regressions(1e-3 * train, y, train)[0][-1]).max() < 1e-5


def test_relu():
    assert relu(np.array([-1.0, 0.0, 2.0])).tolist() == [0.0, 0.0, 2.0]


def test_one_feature_predicts_next_to_nothing_and_many_most():
    assert found(features=1, noise=0.0)["error"] == pytest.approx(1, abs=0.3)
    assert found(features=512, samples=512)["error"] < 0.15


def test_noise_is_what_no_fit_gets_below():
    """Targets have a mean square of 1, and noise one of 4."""
    assert 4 < found(noise=2.0)["error"] < 5.6


def test_with_noise_the_best_ridge_is_larger_and_fits_the_training_data_less():
    clean, noisy = (found(noise=noise, features=512) for noise in (0.0, 1.0))
    assert noisy["ridge"] > clean["ridge"]
    assert noisy["fit_ratio"] > clean["fit_ratio"]


@pytest.mark.parametrize("problem", ["power_law", "digits"])
def test_more_of_either_is_better(problem):
    errors = [found(problem=problem, features=k, samples=n)["error"] for k, n in [(64, 32), (256, 32), (256, 128)]]
    assert errors == sorted(errors, reverse=True)
