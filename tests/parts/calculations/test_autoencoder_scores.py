"""Scores of autoencoders: worked losses, exact optima of Gaussian data, and that what is solved for is the least."""

import json

import numpy as np
import pytest
import torch

from runner.data.streams import numbers
from runner.parts.calculations.autoencoder_scores import (
    Features,
    autoencoder_scores,
    contractive,
    dae,
    denoising,
    rcae,
    slope,
)
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "density" / "autoencoder_scores.json").read_text())
LOSSES = [case for case in CASES if "x" in case["inputs"]]
OPTIMA = [case for case in CASES if "cov" in case["inputs"]]
SIZES = {"samples": 2000, "cosines": 50, "frequency": 1.0, "ridge": 1e-3, "tested": 2000}


def normal(*shape, seed=0):
    return torch.from_numpy(numbers("test", seed).normal(size=shape))


def affine():
    """Features 1 and x alone."""
    return Features(torch.zeros(0, 2, dtype=torch.float64), torch.zeros(0, dtype=torch.float64))


@pytest.mark.parametrize("case", LOSSES)
def test_losses_and_estimates_are_the_worked_ones(case):
    x, noise, a, c = (torch.tensor(case["inputs"][key], dtype=torch.float64) for key in ("x", "noise", "A", "c"))
    sigma, features, weights = case["hyper"]["sigma"], affine(), torch.cat([c[None], a.T])
    estimate = features(x) @ weights
    assert estimate.numpy() == pytest.approx(np.array(case["output"]["score_estimate"]), abs=1e-12)
    slopes = slope(features.jacobian(x), weights, sigma)
    assert slopes[-1].numpy() == pytest.approx((torch.eye(2) + sigma**2 * a).numpy(), abs=1e-12)
    found = rcae(x, x + sigma**2 * estimate, slopes, sigma)
    assert found.numpy() == pytest.approx(np.array(case["output"]["rcae"]), abs=1e-12)
    noisy = x + sigma * noise
    found = dae(x, noisy + sigma**2 * features(noisy) @ weights)
    assert found.numpy() == pytest.approx(np.array(case["output"]["dae"]), abs=1e-12)


def white(count, size):
    """Draws (N, D) with mean 0 and covariance I to the last digit."""
    draws = normal(count, size)
    draws = draws - draws.mean(0)
    return torch.linalg.solve_triangular(torch.linalg.cholesky(draws.T @ draws / count), draws.T, upper=False).T


@pytest.mark.parametrize("case", OPTIMA)
def test_gaussian_data_have_the_exact_optimum(case):
    cov = torch.tensor(case["inputs"]["cov"], dtype=torch.float64)
    sigma, features, draws = case["hyper"]["sigma"], affine(), white(50, 4)
    x, noise = draws[:, :2] @ torch.linalg.cholesky(cov).T, draws[:, 2:]
    ones = torch.ones(1, 2, dtype=torch.float64)
    for name, weights in {
        "rcae": contractive(features(x), features.jacobian(x), sigma, 0.0),
        "dae": denoising(features(x + sigma * noise), noise, sigma, 0.0),
    }.items():
        found = slope(features.jacobian(x[:1]), weights, sigma)[0]
        assert found.numpy() == pytest.approx(np.array(case["output"][name]), abs=1e-10)
        estimate = (features(ones) @ weights)[0].numpy()
        assert estimate == pytest.approx(np.array(case["output"]["score_estimate_at_ones"]), abs=1e-9)
        noised = torch.linalg.solve(cov + sigma**2 * torch.eye(2, dtype=torch.float64), -ones[0])
        assert estimate == pytest.approx(noised.numpy(), abs=1e-9)
    assert torch.linalg.solve(cov, -ones[0]).numpy() == pytest.approx(case["output"]["true_score_at_ones"], abs=1e-12)


@pytest.mark.parametrize("objective", ["rcae", "dae"])
def test_what_is_solved_for_is_the_least_loss(objective):
    x, noise, sigma, ridge = normal(30, 2), normal(30, 2, seed=1), 0.3, 0.01
    features = Features(normal(6, 2, seed=2), normal(6, seed=3))
    noisy = x + sigma * noise

    def loss(weights):
        if objective == "dae":
            data = dae(x, noisy + sigma**2 * features(noisy) @ weights)
        else:
            output = x + sigma**2 * features(x) @ weights
            data = rcae(x, output, slope(features.jacobian(x), weights, sigma), sigma)
        return data.mean() / sigma**4 + ridge * weights.square().sum()

    if objective == "dae":
        weights = denoising(features(noisy), noise, sigma, ridge)
    else:
        weights = contractive(features(x), features.jacobian(x), sigma, ridge)
    assert torch.autograd.functional.jacobian(loss, weights).abs().max() < 1e-10


def test_derivatives_of_features_are_those_of_torch():
    features, x = Features(normal(5, 2), normal(5, seed=1)), normal(4, 2, seed=2)
    for row, found in zip(x, features.jacobian(x), strict=True):
        by_torch = torch.autograd.functional.jacobian(lambda one: features(one[None])[0], row)
        assert found.numpy() == pytest.approx(by_torch.numpy(), abs=1e-12)


def test_much_noise_tells_the_noised_law_and_little_noise_loses_the_score():
    def found(objective, sigma):
        return autoencoder_scores(numbers("calculation", 100), objective=objective, sigma=sigma, **SIZES)

    much = found("dae", 1.0)
    assert much["noised_error"] < 0.3 < 0.7 < much["score_error"]
    assert found("dae", 0.02)["score_error"] > 2 > 0.5 > found("rcae", 0.02)["score_error"]
