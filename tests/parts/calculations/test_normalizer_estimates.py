"""Fits without a normalizer: worked losses and gradients, the truth as a fixed point, and a limit."""

import json

import numpy as np
import pytest
from scipy.stats import norm

from runner.data.streams import numbers
from runner.parts.calculations.normalizer_estimates import (
    contrast,
    contrast_gradient,
    fitted,
    likelihood,
    likelihood_gradient,
    normalizer_estimates,
)
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "density" / "normalizer_estimates.json").read_text())
TRUE = np.array([0.0, -np.log(2 * np.pi) / 2])
SIZES = {"gamma": 0.1, "examples": 200, "steps": 50, "batch_size": 32, "runs": 4, "rates": 5}


@pytest.mark.parametrize("case", CASES)
def test_losses_and_gradients_are_the_worked_ones(case):
    data, noise = (np.array(case["inputs"][key])[:, 0] for key in ("x", "noise"))
    hyper, worked, law = case["hyper"], case["output"], (0.0, 2.0)
    theta = np.array(hyper["theta"])
    assert likelihood(theta, data, noise, law) == pytest.approx(worked["is_mle"], rel=1e-12)
    _, slope = likelihood_gradient(theta, data, noise, law, (np.ones(()), 1.0))
    assert slope == pytest.approx(np.array(worked["is_mle_gradient"]), abs=1e-12)
    u, slope = likelihood_gradient(theta, data, noise, law, (np.array(hyper["u_old"]), hyper["gamma"]))
    assert u == pytest.approx(worked["u_new"], rel=1e-12)
    assert slope == pytest.approx(np.array(worked["meco_gradient"]), abs=1e-12)
    assert contrast(theta, data, noise, law) == pytest.approx(worked["nce"], rel=1e-12)
    assert contrast_gradient(theta, data, noise, law) == pytest.approx(np.array(worked["nce_gradient"]), abs=1e-12)


@pytest.mark.parametrize("of", [contrast, likelihood])
def test_gradients_are_differences_of_losses(of):
    data, noise = numbers("test", 0).normal(size=(2, 3, 7))
    theta = np.array([[0.2, -0.1, 1.0], [0.3, 0.0, -1.0]])
    law = (0.5, 1.3)
    if of is contrast:
        found = contrast_gradient(theta, data, noise, law)
    else:
        _, found = likelihood_gradient(theta, data, noise, law, (np.ones(3), 1.0))
    for row in range(2):
        step = np.zeros_like(theta)
        step[row] = 1e-6
        slope = (of(theta + step, data, noise, law) - of(theta - step, data, noise, law)) / 2e-6
        assert found[row] == pytest.approx(slope, abs=1e-8)


def test_at_the_truth_gradients_are_zero_in_the_mean():
    """Quantiles stand for samples."""
    data = norm.ppf((np.arange(200_000) + 0.5) / 200_000)
    noise = 1.0 + data
    assert contrast_gradient(TRUE, data, noise, (1.0, 1.0)) == pytest.approx(np.zeros(2), abs=1e-4)
    u, slope = likelihood_gradient(TRUE, data, noise, (1.0, 1.0), (np.ones(()), 0.3))
    assert u == pytest.approx(1, abs=1e-4)
    assert slope == pytest.approx(np.zeros(2), abs=2e-3)
    off = TRUE + np.array([0.3, 0.0])
    assert abs(contrast_gradient(off, data, noise, (1.0, 1.0))[0]) > 0.05


def test_gamma_of_one_is_the_normalizer_of_each_batch():
    def found(method, gamma):
        return normalizer_estimates(numbers("calculation", 0), method=method, distance=2.0, **SIZES | {"gamma": gamma})

    assert found("meco", 1.0) == found("importance", 0.1) != found("meco", 0.1)


@pytest.mark.parametrize("method", ["nce", "importance", "meco"])
def test_steps_go_from_the_noise_to_the_data(method):
    x = numbers("test", 1).normal(size=(2, 100))
    rates = np.array([0.0, 0.1])
    found = fitted(numbers("test", 0), method, x, (1.0, 64, 200), rates, 0.2)
    assert found[0] == pytest.approx(1.0)
    assert found[1] == pytest.approx(x.mean(1), abs=0.35)
    assert (found[1] < 0.6).all()
