"""Log cosh of the error, near and far."""

import math

import torch

from tests.losses.regression.examples import each


def test_near_the_target_it_is_half_the_squared_error():
    torch.testing.assert_close(each("log_cosh", [1e-3], [0.0]), each("mse", [1e-3], [0.0]) / 2, rtol=1e-6, atol=0)


def test_far_from_it_it_is_the_absolute_error_less_log_two_on_both_sides():
    far = [50.0, -50.0, 1e4, -1e4]
    torch.testing.assert_close(each("log_cosh", far, [0.0] * 4), each("l1", far, [0.0] * 4) - math.log(2))
