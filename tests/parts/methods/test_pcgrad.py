"""PCGrad: its projections, and that the order comes from the loader's stream."""

import pytest
import torch
from torch import tensor
from torchjd.aggregation import PCGrad

from runner.parts.methods.pcgrad import projected
from tests.objectives import built


def direction(gradients, orders):
    return projected(gradients, orders) @ gradients


@pytest.mark.parametrize("goals", [2, 3, 7])
def test_it_is_torchjds_in_the_same_order(goals):
    gradients = torch.randn(goals, 10, generator=torch.Generator().manual_seed(goals), dtype=torch.float64)
    gradients -= 1.2 * gradients.mean(0)  # so that they conflict
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        theirs = PCGrad()(gradients)
        torch.manual_seed(3)
        orders = torch.stack([torch.randperm(goals) for _ in range(goals)])
    torch.testing.assert_close(direction(gradients, orders), theirs)
    assert not torch.allclose(theirs, gradients.sum(0))


def test_of_two_goals_it_worsens_neither():
    gradients = tensor([[1.0, 0.0], [-3.0, 1.0]], dtype=torch.float64)
    assert gradients.sum(0) @ gradients[0] < 0  # which the sum does
    found = direction(gradients, tensor([[0, 1], [1, 0]]))
    assert (gradients @ found >= 0).all()
    # g_1 + 3/10 g_2 and g_2 + 3 g_1
    torch.testing.assert_close(found, tensor([0.1, 1.3], dtype=torch.float64))


@pytest.mark.parametrize("rows", [[[1.0, 2.0]], [[1.0, 0.0], [0.0, 3.0]], [[1.0, 1.0], [0.0, 0.0]]])
def test_without_a_conflict_it_is_the_sum(rows):
    orders = torch.arange(len(rows)).expand(len(rows), -1)
    assert projected(tensor(rows), orders).tolist() == [1.0] * len(rows)


def test_orders_are_of_all_goals_and_of_the_seeds_own_stream():
    said = ["method=pcgrad", "method.per_domain=true", "dataset=biased_numbers", "regularizer=l2"]
    _, loader = built(*said, seeds=[0, 1])
    drawn = next(iter(loader)).draws["pcgrad_order"]
    assert drawn.shape == (2, 3, 3)  # two environments and a penalty
    assert drawn.sort(2).values.eq(torch.arange(3)).all()
    later = torch.cat([next(iter(loader)).draws["pcgrad_order"] for _ in range(20)])
    assert len({tuple(order.flatten().tolist()) for order in later}) > 10
    alone = next(iter(built(*said, seeds=[1])[1])).draws["pcgrad_order"]
    assert torch.equal(alone[0], drawn[1])
