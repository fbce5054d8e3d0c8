"""A forest of soft trees: each node sends a share of an input to the left and the rest to the right."""

import math
from typing import Annotated

import torch
from torch import Tensor, nn

from runner.contracts.model import Model


class SoftForest(Model):
    """Oblique trees that are trained by gradients, as in Basu Roy Chowdhury et al., "Enhancing Group Fairness in Online
    Settings Using Oblique Decision Forests", ICLR 2024 (released code brcsomnath/Aranyani, src/fdt.py).

        n_i(x) = sigmoid(w_i x + b_i), the share that node i sends to the left
        p(x) = mean over trees of sum over leaves l of (product of shares on the way to l) softmax(theta_l)

    Features are the decisions n_i, of all nodes of the first tree, level by level, then of the next; logits are log p.
    As released, w and b are normal at first, and theta uniform in [0, 1).

    Args:
        input_shape: of one example, given by the runner.
        num_outputs: H, given by the runner.
        trees: at least 1; the released 3.
        depth: decisions on the way to a leaf, so that a tree has 2^depth leaves; the released 3 and 4.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        num_outputs: int,
        *,
        trees: Annotated[int, "[1, 1000000]"],
        depth: Annotated[int, "[1, 20]"],
    ):
        super().__init__()
        nodes = nn.Linear(math.prod(input_shape), trees * (2**depth - 1))
        for number in nodes.parameters():
            nn.init.normal_(number)
        self.body = nn.Sequential(nn.Sequential(nn.Flatten(), nodes, nn.Sigmoid()))
        self.head = Leaves(trees, depth, num_outputs)


class Leaves(nn.Module):
    """Decisions (B, trees * (2^depth - 1)) -> log p (B, H)."""

    def __init__(self, trees: int, depth: int, num_outputs: int):
        super().__init__()
        self.depth = depth
        self.theta = nn.Parameter(torch.rand(trees, 2**depth, num_outputs))

    def forward(self, decisions: Tensor) -> Tensor:
        reached = arrived(decisions.unflatten(1, (len(self.theta), -1)), self.depth)
        told = self.theta.softmax(-1)
        return torch.einsum("btl,tlh->bh", reached, told / len(told)).log()


def arrived(decisions: Tensor, depth: int) -> Tensor:
    """(..., 2^depth) the share of an input in each leaf, from left to right, by the nodes' decisions (...,
    2^depth - 1).

    >>> arrived(torch.tensor([0.5, 0.25, 1.0]), 2)    # 0.5 * 0.25, 0.5 * 0.75, 0.5 * 1, 0.5 * 0
    tensor([0.1250, 0.3750, 0.5000, 0.0000])
    """
    share = torch.ones_like(decisions[..., :1])
    for level in range(depth):
        left = decisions[..., 2**level - 1 : 2 ** (level + 1) - 1]
        share = torch.stack([share * left, share * (1 - left)], -1).flatten(-2)
    return share
