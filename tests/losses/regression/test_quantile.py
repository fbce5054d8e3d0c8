"""Pinball loss: its minimiser, crossing, and levels that cannot be."""

import pytest
import torch

from runner.console.errors import ConfigError
from tests.losses.regression.examples import make


def test_the_minimisers_are_the_quantiles_of_the_targets():
    y = torch.randn(999, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    levels = [0.1, 0.5, 0.8]
    loss, grid = make("quantile", levels=levels).double(), torch.linspace(-3, 3, 601, dtype=torch.float64)
    for k, level in enumerate(levels):
        heads = torch.zeros(len(grid), 3, dtype=torch.float64)
        heads[:, k] = grid
        means = torch.stack([loss(head.expand(len(y), -1), y, torch.arange(len(y))).mean() for head in heads])
        assert abs(grid[means.argmin()] - y.quantile(level)) < 0.02


def test_crossed_quantiles_are_sorted_where_they_are_read():
    predictive = make("quantile", levels=[0.1, 0.5, 0.9]).decode(torch.tensor([[2.0, 0.0, 1.0, 0.0, 1.0, 2.0]]))
    assert predictive.values.tolist() == [[[0.0, 1.0, 2.0], [0.0, 1.0, 2.0]]]
    assert predictive.point.tolist() == [[1.0, 1.0]]


@pytest.mark.parametrize("levels", [[], [0.5, 0.5], [0.9, 0.1]])
def test_levels_that_do_not_increase_are_refused(levels):
    with pytest.raises(ConfigError, match="must be one or more numbers that increase"):
        make("quantile", levels=levels)
