"""Absolute error."""

import torch

from tests.losses.regression.examples import each


def test_it_is_twice_the_pinball_loss_of_the_median():
    f, y = [0.3, -2.0, 1.0], [1.0, 1.0, 1.0]
    torch.testing.assert_close(each("l1", f, y), 2 * each("quantile", f, y, levels=[0.5]))
