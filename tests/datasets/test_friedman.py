"""Friedman's regressions: their functions, and their noise."""

import pytest
import torch

from tests.datasets.files import load


def impedance(x):
    return x[:, 1] * x[:, 2] - 1 / (x[:, 1] * x[:, 3])


FUNCTIONS = {
    1: lambda x: 10 * (torch.pi * x[:, 0] * x[:, 1]).sin() + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4],
    2: lambda x: (x[:, 0] ** 2 + impedance(x) ** 2).sqrt(),
    3: lambda x: (impedance(x) / x[:, 0]).arctan(),
}


@pytest.mark.parametrize("form", FUNCTIONS)
def test_without_noise_the_target_is_the_function(form):
    split = load(f"friedman{form}", noise=0.0)
    torch.testing.assert_close(split.y[:, 0], FUNCTIONS[form](split.x), rtol=1e-4, atol=1e-4)
    assert split.optimum == {"rmse": 0.0}


@pytest.mark.parametrize("form", FUNCTIONS)
def test_the_function_itself_has_the_optimum_for_its_error(form):
    split = load(f"friedman{form}", num_test=20_000)
    noise = (split.test_y[:, 0] - FUNCTIONS[form](split.test_x)).double()
    assert noise.square().mean().sqrt().item() == pytest.approx(split.optimum["rmse"], rel=4 / 40_000**0.5)


def test_examples_are_as_many_as_asked():
    split = load("friedman1", num_train=10, num_test=4)
    assert (len(split.y), len(split.test_y)) == (10, 4)
