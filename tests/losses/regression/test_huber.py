"""Huber's loss between its limits."""

import torch

from tests.losses.regression.examples import each

F, Y = [0.3, -2.0, 7.0], [1.0, 1.0, 1.0]


def test_a_large_delta_is_half_the_squared_error():
    torch.testing.assert_close(each("huber", F, Y, delta=1e3), each("mse", F, Y) / 2)


def test_a_small_delta_is_the_absolute_error_scaled():
    torch.testing.assert_close(each("huber", F, Y, delta=1e-9) / 1e-9, each("l1", F, Y))


def test_the_line_meets_the_square_with_its_slope():
    below, above = each("huber", [1.5 - 1e-6, 1.5 + 1e-6], [0.0, 0.0], delta=1.5)
    torch.testing.assert_close(above - below, torch.tensor(2e-6 * 1.5, dtype=torch.float64), rtol=1e-5, atol=0)
