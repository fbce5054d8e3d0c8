"""A forest of soft trees: the released code's product over nodes, and trees whose shares are all or nothing."""

import torch

from runner.parts.models.soft_forest import Leaves, SoftForest, arrived
from tests.objectives import near, same

DEPTH, NODES, LEAVES = 3, 7, 8


def on_the_way():
    """(7, 8) as released: 1 where a leaf is to the left of a node, -1 where it is to the right, else 0."""
    mask = torch.zeros(NODES, LEAVES, dtype=torch.float64)
    for leaf in range(LEAVES):
        at = LEAVES + leaf
        while at > 1:
            at, below = at // 2, at
            mask[at - 1, leaf] = 1 if below == 2 * at else -1
    return mask


def test_shares_of_leaves_are_the_released_products():
    decisions, mask = torch.rand(2, 5, NODES, dtype=torch.float64), on_the_way()
    each = decisions[..., None]
    factors = torch.where(mask > 0, each, torch.where(mask < 0, 1 - each, torch.ones_like(each)))
    near(arrived(decisions, DEPTH), factors.prod(-2))
    near(arrived(decisions, DEPTH).sum(-1), torch.ones(2, 5, dtype=torch.float64))


def test_sure_nodes_choose_one_leaf():
    right_left_right = torch.tensor([0.0, 9, 1, 9, 9, 0, 9])  # 9: a node that is not met
    assert arrived(right_left_right, DEPTH).argmax() == 5


def test_a_forest_is_the_mean_of_its_trees():
    torch.manual_seed(0)
    forest = SoftForest((2, 2), 3, trees=2, depth=DEPTH).double()
    x = torch.randn(5, 2, 2, dtype=torch.float64)
    features = forest.features(x)
    assert features.shape == (5, 2 * NODES)
    p = forest(x).exp()
    near(p.sum(1), torch.ones(5, dtype=torch.float64))
    trees = []
    for k in range(2):
        tree = Leaves(1, DEPTH, 3).double()
        tree.theta.data = forest.head.theta[k : k + 1].detach()
        trees.append(tree(features[:, k * NODES : (k + 1) * NODES]).exp())
    near(p, torch.stack(trees).mean(0))


def test_a_node_is_a_row_of_the_layer():
    forest = SoftForest((4,), 3, trees=2, depth=2)
    x = torch.randn(5, 4)
    layer = forest.body[0][1]
    same(forest.features(x)[:, 4], (x @ layer.weight[4] + layer.bias[4]).sigmoid())


def test_it_is_drawn_as_released():
    torch.manual_seed(0)
    forest = SoftForest((20,), 3, trees=30, depth=4)
    for number in forest.body[0][1].parameters():
        assert abs(number.mean()) < 0.15
        assert abs(number.std() - 1) < 0.1
    theta = forest.head.theta
    assert 0 <= theta.min() < 0.01 < 0.99 < theta.max() < 1
