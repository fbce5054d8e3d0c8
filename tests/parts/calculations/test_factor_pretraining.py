"""Pretraining in a factor model: risks against a simulation, ridges against leaving out by hand, and found factors."""

import numpy as np
import pytest

from runner.data.streams import numbers
from runner.parts.calculations.factor_pretraining import (
    RIDGES,
    components,
    factor_pretraining,
    observed,
    ridge_regression,
    risk,
)

SIZES = {"features": 20, "factors": 2, "strength": 0.5, "unlabelled": 1000, "labelled": 40, "label_noise": 0.5}
LOADINGS, TARGET = numbers("calculation", 1).normal(size=(4, 2)), np.array([0.6, 0.8])


def found(predictor, seed=0, **others):
    return factor_pretraining(numbers("calculation", seed), predictor=predictor, **SIZES | others)["excess_risk"]


def test_a_risk_is_what_a_simulation_finds():
    z, x = observed(numbers("calculation", 0), LOADINGS, 400_000)
    weights = np.array([0.2, -0.5, 0.3, 0.1])
    assert risk(weights, LOADINGS, TARGET) == pytest.approx(np.mean((x @ weights - z @ TARGET) ** 2), rel=0.01)


def test_a_ridge_is_the_one_that_leaving_out_by_hand_chooses():
    draws = numbers("calculation", 0)
    x, y = draws.normal(size=(8, 3)), draws.normal(size=8)

    def solved(x, y, ridge):
        return np.linalg.solve(x.T @ x + ridge * np.eye(3), x.T @ y)

    errors = [
        sum((y[i] - x[i] @ solved(np.delete(x, i, 0), np.delete(y, i), ridge)) ** 2 for i in range(8))
        for ridge in RIDGES
    ]
    assert ridge_regression(x, y) == pytest.approx(solved(x, y, RIDGES[np.argmin(errors)]))


def test_components_of_many_examples_span_the_loadings():
    _, x = observed(numbers("calculation", 0), LOADINGS, 200_000)
    basis = components(x, 2)
    assert basis.T @ basis == pytest.approx(np.eye(2))
    assert basis @ basis.T @ LOADINGS == pytest.approx(LOADINGS, abs=0.05)


@pytest.mark.parametrize("predictor", ["pretrained", "plain"])
def test_many_examples_of_both_kinds_come_to_the_least_risk(predictor):
    assert found(predictor, labelled=20_000, unlabelled=20_000) == pytest.approx(0, abs=0.002)


@pytest.mark.parametrize("predictor", ["pretrained", "plain"])
def test_no_predictor_is_below_the_least_risk_and_labels_that_are_noise_alone_give_all_of_it(predictor):
    """Without weights the risk is 1, and the least one is small: 2 factors are seen well in 20 features."""
    assert found(predictor, label_noise=100.0, labelled=20, strength=2.0) > 0.9
    assert found(predictor, labelled=200) > 0


def test_pretraining_helps_most_with_few_labels_and_harms_where_it_saw_too_little():
    def gap(**others):
        return np.mean([found("plain", seed, **others) - found("pretrained", seed, **others) for seed in range(8)])

    assert gap(labelled=10) > gap(labelled=200) > 0
    assert gap(unlabelled=10, strength=0.15, labelled=1000) < 0


def test_unlabelled_examples_are_no_matter_to_a_plain_predictor():
    assert found("plain", unlabelled=10) == found("plain", unlabelled=1000)
    assert found("pretrained", unlabelled=10) != found("pretrained", unlabelled=1000)
