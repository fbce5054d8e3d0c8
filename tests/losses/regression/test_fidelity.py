"""Soft labels for scores: where they fall back, the middle, and both divergences."""

import pytest
import torch

from tests.losses.regression.examples import make

LEVELS = {"bins": 5, "low": 1.0, "high": 5.0}


def numbers(*values):
    return torch.tensor(values, dtype=torch.float64)


@pytest.mark.parametrize("mass", ["pdf", "cdf"])
def test_a_mean_that_is_missed_makes_it_two_hot(mass):
    """At 4.7 with deviation 1 the released code's labels have the means 4.83 and 4.84."""
    soft = make("soft_scores", **LEVELS, scale=1.0, mass=mass, tolerance=0.1).double().shares(numbers(4.7))
    torch.testing.assert_close(soft, make("two_hot", **LEVELS).double().shares(numbers(4.7)))


@pytest.mark.parametrize("mass", ["pdf", "cdf"])
@pytest.mark.parametrize("y", [2.999, 2.9999, 3.0, 3.0001, 3.001])
def test_shares_sum_to_one_with_the_mean_of_the_target_also_near_the_middle(mass, y):
    shares = make("soft_scores", **LEVELS, scale=0.6, mass=mass).double().shares(numbers(y))
    torch.testing.assert_close(shares.sum(-1), numbers(1.0))
    torch.testing.assert_close((shares * torch.arange(1, 6)).sum(-1), numbers(y), atol=1e-3, rtol=0)


@pytest.mark.parametrize("name", ["soft_scores", "fidelity"])
def test_a_prediction_of_the_shares_themselves_costs_nothing_and_any_other_more(name):
    loss, y = make(name, **LEVELS, scale=0.6, mass="cdf").double(), numbers(3.2)[None]
    shares, index = loss.shares(y)[0], torch.tensor([0])
    torch.testing.assert_close(loss(shares.log(), y, index), numbers(0.0), atol=1e-8, rtol=0)
    assert loss(shares.log().roll(1, -1), y, index) > 0.1


def test_the_fidelity_loss_is_at_most_one():
    logits = torch.tensor([[-1e3, -1e3, -1e3, -1e3, 1e3]])
    assert make("fidelity", **LEVELS)(logits, torch.tensor([[1.0]]), torch.tensor([0])).item() == pytest.approx(1)


def test_levels_may_lie_anywhere():
    """Scores of 1 to 5 and the same in other units have the same shares."""
    y = numbers(1.7, 3.2, 4.6)
    elsewhere = make("soft_scores", bins=5, low=-4.0, high=4.0).double().shares(2 * (y - 3))
    torch.testing.assert_close(elsewhere, make("soft_scores", **LEVELS).double().shares(y))
