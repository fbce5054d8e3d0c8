"""Squared error, clamped and not."""

import torch

from tests.losses.regression.examples import each


def test_targets_within_the_clamp_are_left_alone():
    torch.testing.assert_close(each("mse_clamped", [0.0, 1.0], [3.9, -4.0]), each("mse", [0.0, 1.0], [3.9, -4.0]))


def test_the_target_is_clamped_and_not_the_error():
    assert each("mse_clamped", [4.0, 9.0, 4.0], [100.0, 4.0, 4.0], clamp=4.0).tolist() == [0.0, 25.0, 0.0]
