"""MGDA: the shortest vector of the hull, that it worsens no goal, and goals that do not count."""

import pytest
import torch
from torch import tensor
from torchjd.aggregation import MGDA

from runner.parts.methods.mgda import shortest


def direction(gradients):
    return shortest(gradients) @ gradients


@pytest.mark.parametrize("goals", [2, 3, 8])
def test_it_is_torchjds(goals):
    gradients = torch.randn(goals, 12, generator=torch.Generator().manual_seed(goals), dtype=torch.float64)
    theirs = MGDA(epsilon=1e-12, max_iters=100_000)(gradients)
    torch.testing.assert_close(
        direction(gradients), goals * theirs, rtol=0, atol=0.01
    )  # Frank and Wolfe's steps are slow
    assert direction(gradients).norm() <= goals * theirs.norm() + 1e-12


def test_of_two_goals_it_is_the_closed_form():
    one, other = torch.randn(2, 30, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    share = ((other - one) @ other / (one - other).square().sum()).clamp(0, 1)  # Sener and Koltun, Algorithm 1
    torch.testing.assert_close(direction(torch.stack([one, other])), 2 * (share * one + (1 - share) * other))


def test_a_step_worsens_no_goal_and_betters_those_in_use_alike():
    gradients = torch.randn(6, 40, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    gradients[0] *= 30
    assert ((gradients @ gradients.sum(0)) < 0).any()  # which the sum does
    along = gradients @ direction(gradients)
    used = shortest(gradients) > 0
    torch.testing.assert_close(along[used], along[used].min().expand(int(used.sum())))
    assert (along >= along[used].min() - 1e-9).all()
    assert along.min() > 0


@pytest.mark.parametrize(
    ("rows", "weights"),
    [
        ([[3.0, 4.0]], [1.0]),
        ([[1.0, 0.0], [1.0, 0.0]], [1.0, 1.0]),
        ([[1.0, 0.0], [4.0, 0.0]], [2.0, 0.0]),  # the shortest alone
        ([[1.0, 0.0], [-1.0, 0.0]], [1.0, 1.0]),  # no step
        ([[0.0, 0.0], [0.0, 2.0]], [0.0, 1.0]),  # an environment that the batch lacks
        ([[0.0], [0.0]], [0.0, 0.0]),
        ([[float("nan")], [1.0]], [1.0, 1.0]),
    ],
)
def test_limits(rows, weights):
    found = shortest(tensor(rows))
    expected = tensor(weights, dtype=torch.float64)
    if rows == [[1.0, 0.0], [1.0, 0.0]]:
        found = found.sum().expand(2) / 2  # any weights give that direction
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-9)


def test_weights_do_not_depend_on_the_scale_of_the_losses():
    gradients = torch.randn(4, 9, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    torch.testing.assert_close(shortest(gradients * 1e-9), shortest(gradients), rtol=1e-6, atol=1e-9)
