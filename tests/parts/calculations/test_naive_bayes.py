"""Naive Bayes and logistic regression: worked weights, exact errors, and what many examples give."""

import numpy as np
import pytest

from runner.data.streams import numbers
from runner.parts.calculations._logistic import gaussian_root
from runner.parts.calculations.mixup_direction import best
from runner.parts.calculations.naive_bayes import discriminative, error, examples, naive, naive_bayes

SIZES = {"samples": 100, "features": 10, "separation": 0.1, "spread": 0.8, "repeats": 2}
ROOT, MU = gaussian_root(numbers("calculation", 1), 3, 1.5), np.array([0.8, -0.3, 0.5])


def found(**others):
    return naive_bayes(numbers("calculation", 0), **SIZES | others)


def test_weights_of_naive_bayes_on_worked_numbers():
    """Means (1, 0) and (3, 4); variances 1 and 2.5, over both classes."""
    x = np.array([[0.0, 1.0], [2.0, -1.0], [2.0, 6.0], [4.0, 2.0]])
    weights, intercept = naive(x, np.array([0, 0, 1, 1]))
    assert weights == pytest.approx([2.0, 1.6])
    assert intercept == pytest.approx(-(2.0 * 2 + 1.6 * 2))


def test_an_error_is_what_a_simulation_finds():
    weights, intercept = np.array([0.5, 1.0, 1.0]), 0.4
    x, labels = examples(numbers("calculation", 0), ROOT, MU, 400_000)
    assert error(weights, intercept, ROOT, MU) == pytest.approx(
        np.mean((x @ weights + intercept > 0) != labels), abs=3e-3
    )


def test_an_intercept_is_no_matter_of_sign_and_the_wrong_direction_is_always_wrong():
    weights = best(ROOT, MU)
    assert error(weights, 0.7, ROOT, MU) == pytest.approx(error(weights, -0.7, ROOT, MU))
    assert error(weights, 0.7, ROOT, MU) > error(weights, 0.0, ROOT, MU)
    assert error(-weights, 0.0, ROOT, MU) == pytest.approx(1 - error(weights, 0.0, ROOT, MU))


def test_many_examples_point_naive_bayes_along_mu_over_variances_and_logistic_regression_along_the_best_direction():
    x, labels = examples(numbers("calculation", 0), ROOT, MU, 100_000)
    directions = MU / np.diag(ROOT @ ROOT.T), best(ROOT, MU)
    for fit, expected in zip((naive, discriminative), directions, strict=True):
        weights, intercept = fit(x, labels)
        assert weights == pytest.approx(2 * expected, abs=0.06)
        assert intercept == pytest.approx(0, abs=0.06)


@pytest.mark.parametrize("classifier", ["naive_bayes", "logistic"])
def test_both_come_to_their_final_error(classifier):
    few, many = (found(classifier=classifier, samples=n, repeats=1)["excess_error"] for n in (20, 20_000))
    assert abs(many) < 0.003 < 0.05 < few


def test_without_correlation_both_have_one_final_error_and_it_is_that_of_the_distance_of_classes():
    """Phi(-1), as the squared distance is 0.1 for each of 10 features."""
    for classifier in ("naive_bayes", "logistic"):
        each = found(classifier=classifier, spread=0.0)
        assert each["error"] - each["excess_error"] == pytest.approx(0.158655, abs=1e-6)


def test_correlation_costs_naive_bayes_alone():
    each = [found(classifier=name) for name in ("naive_bayes", "logistic")]
    finals = [one["error"] - one["excess_error"] for one in each]
    assert finals[1] == pytest.approx(0.158655, abs=1e-6)
    assert finals[0] > finals[1] + 0.005
