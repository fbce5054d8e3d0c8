"""The histogram loss: its shares, its clamp, its limits."""

import pytest
import torch

from runner.console.errors import ConfigError
from tests.losses.regression.examples import make

Y = torch.tensor([[-1.3, 0.0, 2.2, 3.99]], dtype=torch.float64)


def test_away_from_the_ends_the_mean_of_the_shares_is_the_target():
    loss = make("hl_gauss").double()
    centres = (loss.edges[1:] + loss.edges[:-1]) / 2
    torch.testing.assert_close((loss.shares(Y[:, :3]) * centres).sum(-1), Y[:, :3], atol=1e-4, rtol=0)


def test_truncation_moves_the_mean_towards_the_middle():
    loss = make("hl_gauss").double()
    centres = (loss.edges[1:] + loss.edges[:-1]) / 2
    assert (loss.shares(Y) * centres).sum(-1)[0, 3] < Y[0, 3] - 0.01


def test_a_small_deviation_is_one_hot():
    loss = make("hl_gauss", bins=8, sigma=1e-4).double()
    assert loss.shares(Y)[0, [0, 2, 3]].argmax(-1).tolist() == [2, 6, 7]
    torch.testing.assert_close(loss.shares(Y[:, [0, 2, 3]]).amax(-1), torch.ones(1, 3, dtype=torch.float64))


def test_targets_beyond_the_bins_are_clamped():
    loss = make("hl_gauss")
    torch.testing.assert_close(loss.shares(torch.tensor([99.0, -99.0])), loss.shares(torch.tensor([4.0, -4.0])))


@pytest.mark.parametrize("name", ["hl_gauss", "two_hot", "soft_scores", "fidelity"])
def test_bins_that_end_before_they_begin_are_refused(name):
    with pytest.raises(ConfigError, match="low=1: must be below high=-1"):
        make(name, low=1.0, high=-1.0)
