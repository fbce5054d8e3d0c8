"""The linear regression on four inputs."""

import pytest

from tests.datasets.files import load


def test_the_function_itself_has_the_optimum_for_its_error():
    split = load("sparse_uncorrelated", num_test=20_000)
    x = split.test_x
    noise = split.test_y[:, 0] - (x[:, 0] + 2 * x[:, 1] - 2 * x[:, 2] - 1.5 * x[:, 3])
    assert noise.square().mean().sqrt().item() == pytest.approx(split.optimum["rmse"], rel=4 / 40_000**0.5)


def test_inputs_are_as_many_as_asked():
    assert load("sparse_uncorrelated", num_inputs=30).x.shape == (500, 30)
