"""Mixtures: density by hand, score as its derivative, noise as variance, samples of their moments, and modes."""

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

from runner.data.streams import numbers
from runner.parts.calculations._mixture import Mixture, grid, ring


def uneven():
    return Mixture(*(torch.tensor(each, dtype=torch.float64) for each in ([[0, 1], [2, -1]], [0.5, 2.0], [0.3, 0.7])))


def test_density_and_score_are_those_of_scipy_and_of_the_derivative():
    x = torch.from_numpy(numbers("test", 0).normal(size=(7, 2))).requires_grad_()
    for noise in (0.0, 0.4):
        parts = [multivariate_normal([0, 1], 0.5 + noise), multivariate_normal([2, -1], 2 + noise)]
        by_hand = 0.3 * parts[0].pdf(x.detach()) + 0.7 * parts[1].pdf(x.detach())
        logs = uneven().log_density(x, noise)
        assert logs.detach().numpy() == pytest.approx(np.log(by_hand), abs=1e-12)
        (slope,) = torch.autograd.grad(logs.sum(), x)
        assert uneven().score(x, noise).detach().numpy() == pytest.approx(slope.numpy(), abs=1e-12)
    each = torch.full((7, 1), 0.4, dtype=torch.float64)
    assert torch.equal(uneven().score(x, each), uneven().score(x, 0.4))


def test_samples_have_the_moments():
    x = uneven().sample(numbers("test", 0), 200_000)
    mean = 0.3 * np.array([0, 1]) + 0.7 * np.array([2, -1])
    assert x.mean(0).numpy() == pytest.approx(mean, abs=0.02)
    assert x.var(0).numpy() == pytest.approx(0.3 * 0.5 + 0.7 * 2 + 0.21 * 4, abs=0.04)


def test_a_mode_is_covered_by_a_fifth_of_its_share():
    truth = ring(8, 4.0, 0.5)
    assert truth.modes(truth.sample(numbers("test", 0), 1000)) == 8
    assert truth.modes(truth.means[:3]) == 3
    assert truth.modes(truth.means[:1] + torch.tensor([1.6, 0.0])) == 0  # further than 3 deviations
    few = torch.cat([truth.means[:1].expand(980, 2), truth.means[1:2].expand(20, 2)])
    assert truth.modes(few) == 1  # 2% is less than a fifth of an eighth
    assert truth.modes(few[4:]) == 1
    assert truth.modes(few[200:]) == 2


def test_centres_of_rings_and_grids():
    assert ring(4, 2.0, 1.0).means.numpy() == pytest.approx(np.array([[2, 0], [0, 2], [-2, 0], [0, -2]]), abs=1e-12)
    assert grid(2, 3.0, 1.0).means.tolist() == [[-1.5, -1.5], [-1.5, 1.5], [1.5, -1.5], [1.5, 1.5]]
    assert grid(3, 1.0, 0.5).shares.sum() == pytest.approx(1)
