"""Targets shared out between two bins."""

import torch

from tests.losses.regression.examples import make


def test_the_mean_of_the_shares_is_the_target_and_two_bins_have_them():
    loss = make("two_hot").double()
    y = torch.linspace(-4, 4, 57, dtype=torch.float64)
    shares = loss.shares(y)
    torch.testing.assert_close((shares * torch.linspace(-4, 4, 51, dtype=torch.float64)).sum(-1), y)
    torch.testing.assert_close(shares.sum(-1), torch.ones_like(y))
    assert ((shares > 1e-12).sum(-1) <= 2).all()


def test_what_is_read_from_its_shares_is_the_target():
    loss, y = make("two_hot").double(), torch.tensor([[-3.3, 0.1]], dtype=torch.float64)
    logits = loss.shares(y).clamp(min=1e-30).log().flatten(1)
    torch.testing.assert_close(loss.decode(logits).point, y)
