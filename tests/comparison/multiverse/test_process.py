"""The Gaussian process over numbers and choices, against scikit-learn's own kernels and the closed form."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel

from runner.comparison.multiverse.process import Mixed, Process

CASE = json.loads((Path(__file__).parents[2] / "values/multiverse/gaussian_process.json").read_text())


def test_numbers_alone_give_the_reference_posterior():
    its, wanted = CASE["inputs"], CASE["expected"]
    kernel = ConstantKernel(its["variance"]) * Mixed(its["lengthscale"], (False, False))
    centre = np.mean(its["y"])
    process = GaussianProcessRegressor(kernel, alpha=its["noise"], optimizer=None).fit(its["X"], its["y"] - centre)
    mean, sd = process.predict(its["Xq"], return_std=True)
    assert centre + mean == pytest.approx(wanted["mean"])
    assert np.sqrt(sd**2 + its["noise"]) == pytest.approx(wanted["std_with_noise"])


def test_of_numbers_it_is_scikit_learns_rbf_with_its_gradient():
    x = np.random.default_rng(0).random((6, 3))
    ours, theirs = Mixed([0.3, 1.0, 2.0], (False,) * 3), RBF([0.3, 1.0, 2.0])
    for mine, its in zip(ours(x, eval_gradient=True), theirs(x, eval_gradient=True), strict=True):
        np.testing.assert_allclose(mine, its, atol=1e-12)


def test_choices_are_alike_or_not_whatever_their_numbers():
    kernel = Mixed([0.5], (True,))
    far = kernel([[0.0], [1.0], [7.0]])
    assert far[0, 1] == far[0, 2] == far[1, 2] == pytest.approx(np.exp(-2))
    assert far.diagonal() == pytest.approx(1)


def test_the_gradient_of_choices_is_the_derivative_by_the_logarithm():
    x, step = [[0.0, 0.1], [1.0, 0.4], [1.0, 0.9]], 1e-6
    _, gradient = Mixed([0.7, 0.5], (True, False))(x, eval_gradient=True)
    for factor in range(2):
        up, down = (np.array([0.7, 0.5]) * np.exp(sign * step * (np.arange(2) == factor)) for sign in (1, -1))
        numeric = (Mixed(up, (True, False))(x) - Mixed(down, (True, False))(x)) / (2 * step)
        np.testing.assert_allclose(gradient[..., factor], numeric, atol=1e-8)


def test_a_posterior_is_the_closed_form_at_the_scales_that_were_chosen():
    draw = np.random.default_rng(1)
    x = np.column_stack([draw.integers(3, size=12), draw.random(12)])
    y, noise = 80 + x[:, 0] + np.sin(3 * x[:, 1]) + 0.1 * draw.standard_normal(12), draw.random(12) / 50
    process = Process(x, y, (True, False), noise)
    mean, covariance = process.at(x[:5])
    kernel, sd = process.regressor.kernel_, y.std()
    gain = kernel(x[:5], x) @ np.linalg.inv(kernel(x) + np.diag(noise / sd**2))
    np.testing.assert_allclose(mean, y.mean() + gain @ (y - y.mean()), atol=1e-6)
    np.testing.assert_allclose(covariance, sd**2 * (kernel(x[:5]) - gain @ kernel(x, x[:5])), atol=1e-6)


def test_noise_that_is_not_known_is_found_and_not_part_of_what_is_foretold():
    draw = np.random.default_rng(2)
    x = draw.random((80, 1))
    y = np.sin(4 * x[:, 0]) + 0.2 * draw.standard_normal(80)
    process = Process(x, y, (False,))
    assert process.sd * np.sqrt(process.regressor.kernel_.k2.noise_level) == pytest.approx(0.2, rel=0.3)
    _, covariance = process.at([[0.5]])
    assert np.sqrt(covariance[0, 0]) < 0.1
