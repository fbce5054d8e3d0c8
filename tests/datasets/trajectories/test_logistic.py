"""Steps of the noisy logistic map: its noise, and the eigenvalues that waves find in a long trajectory."""

import math

import numpy as np
import pytest
import torch

from datasets.trajectories.logistic import eigenvalues
from tests.datasets.files import load, refusal


def made(**changed):
    return load("logistic_map", **changed).checked()


def test_noise_has_the_density_that_is_said():
    x = made(num_train=40000).x[..., 0].double()
    noise = (x[:, 1] - 4 * x[:, 0] * (1 - x[:, 0]) + 0.5) % 1 - 0.5
    grid = (torch.arange(4000, dtype=torch.float64) + 0.5) / 4000 - 0.5
    density = (math.pi * grid).cos() ** 20
    variance = ((density * grid**2).sum() / density.sum()).item()
    assert noise.mean().item() == pytest.approx(0.0, abs=0.005)
    assert noise.var().item() == pytest.approx(variance, rel=0.03)
    assert x.min() >= 0
    assert x.max() < 1


def test_waves_find_the_eigenvalues_in_a_trajectory():
    """The range of the operator is spanned by exp(2 pi i m F(x)), of which a regression needs no more."""
    split = made(num_train=100000)
    waves = 2j * math.pi * np.arange(-10, 11)
    now, after = (np.exp(4 * x * (1 - x) * waves) for x in split.x.double().numpy().transpose(1, 0, 2))
    found = np.linalg.eigvals(np.linalg.lstsq(now, after, rcond=None)[0])
    for k in (1, 2):
        truth = complex(split.optimum[f"real_{k}"], split.optimum[f"imaginary_{k}"])
        assert np.abs(found - truth).min() < 0.08  # a chaotic trajectory is another one on each machine
    assert np.abs(found - 1).min() < 1e-6


def test_the_operator_by_quadrature_on_a_grid_has_the_same_eigenvalues():
    nodes, weights = np.polynomial.legendre.leggauss(600)
    x = (nodes + 1) / 2
    kernel = np.cos(math.pi * (x[None] - 4 * (x * (1 - x))[:, None])) ** 20 * weights / 2
    found = np.linalg.eigvals(kernel / (math.comb(20, 10) / 2**20))
    for value in [1.0, *eigenvalues(20)[:3]]:
        assert np.abs(found - value).min() < 1e-9


def test_an_odd_power_is_refused(tmp_path):
    assert "power=7: must be even" in refusal("logistic_map", tmp_path, power=7)
