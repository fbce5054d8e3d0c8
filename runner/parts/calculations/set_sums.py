"""Sums of handwritten digits, learned from sets of a few images and asked of larger sets: a network of each image whose
outputs are added, or of which the largest are kept, and a recurrent one that reads a set in some order (Zaheer et al.,
Deep Sets, NeurIPS 2017, arXiv 1703.06114).

Each image goes through one hidden layer of relu units and a layer of tanh units; the pooled features, or the last state
of a gated recurrent unit (Cho et al., EMNLP 2014, arXiv 1406.1078), go through a linear layer. The loss is the absolute
error of the sum. Sets have from one image to `trained_on`, of one size in a batch, and are drawn anew each step with
replacement; those of tests are of images that training does not have. Images are scikit-learn's digits of 8 by 8.
Zaheer et al. have symbols and larger images; sizes are ours.

`mixing` puts one permutation-equivariant layer before the pool: `equivariant` is that of the paper with a maximum,
x L - max(x) G + b, and `released` the form that the code for point clouds is said to have (unconfirmed),
(x - max(x)) G + b.
"""

from typing import Annotated, Literal

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._digits import Part, digits
from runner.parts.calculations._network import Network, descend, tensor

METRICS = {
    "error": ("lower", "[0, inf)", ""),
    "error_within": ("lower", "[0, inf)", ""),
    "accuracy": ("higher", "[0, 1]", ""),
}
Pool = Literal["sum", "max", "gru"]
Mixing = Literal["none", "equivariant", "released"]
SCALE = 10.0  # of outputs, so that sums are in reach of small weights


def set_sums(
    draws: Generator,
    *,
    pool: Pool,
    mixing: Mixing,
    width: Annotated[int, "[1, 1000]"],
    trained_on: Annotated[int, "[1, 1000]"],
    tested_on: Annotated[int, "[1, 1000]"],
    train_size: Annotated[int, "[1, 1700]"],
    steps: Annotated[int, "[1, 1000000]"],
    batch_size: Annotated[int, "[1, 100000]"],
    lr: Annotated[float, "(0, 1]"],
    tested: Annotated[int, "[1, 100000]"],
) -> dict[str, float]:
    """Mean absolute errors of sums of sets of `tested_on` images, and of `trained_on`; and how often the first are
    right, rounded."""
    split, start, training, testing, within = draws.spawn(5)
    train, test = digits(split, train_size)
    network = SetNetwork(start, pool, mixing, width)
    optimizer = torch.optim.Adam(network.parameters(), lr=lr)
    for _ in range(steps):
        x, target = sets(training, train, batch_size, int(training.integers(1, trained_on + 1)))
        descend(optimizer, (network(x) - target).abs().mean())
    with torch.no_grad():
        x, target = sets(testing, test, tested, tested_on)
        off = network(x) - target
        small, small_target = sets(within, test, tested, trained_on)
        return {
            "error": float(off.abs().mean()),
            "error_within": float((network(small) - small_target).abs().mean()),
            "accuracy": float((off.abs() < 0.5).double().mean()),
        }


def sets(draws: Generator, part: Part, count: int, size: int) -> tuple[Tensor, Tensor]:
    """So many sets of images (B, N, 64), drawn with replacement, and the sums of their digits (B,)."""
    at = draws.integers(len(part[1]), size=(count, size))
    return part[0][at], part[1][at].sum(1).double()


class SetNetwork:
    """A sum (B,) of each set of images (B, N, 64)."""

    def __init__(self, draws: Generator, pool: Pool, mixing: Mixing, width: int) -> None:
        self.pool, self.mixing = pool, mixing
        self.each, self.last = Network(draws, (64, width, width), ("relu",)), Network(draws, (width, 1), ())
        self.gates = [Network(draws, (2 * width, width), ()) for _ in range(3)] if pool == "gru" else []
        self.layer = [tensor(draws.normal(0, 1 / np.sqrt(width), shape)) for shape in ((width, width), (width, width))]
        self.layer.append(torch.zeros(width, dtype=torch.float64))
        for one in self.layer:
            one.requires_grad_()

    def __call__(self, x: Tensor) -> Tensor:
        features = self.each(x.flatten(0, 1)).unflatten(0, x.shape[:2]).tanh()
        if self.mixing != "none":
            features = equivariant(features, *self.layer, released=self.mixing == "released").tanh()
        if self.pool == "gru":
            pooled = gated(features, self.gates)
        else:
            pooled = features.sum(1) if self.pool == "sum" else features.max(1).values
        return SCALE * self.last(pooled)[:, 0]

    def parameters(self) -> list[Tensor]:
        """What is trained."""
        networks = [one for network in (self.each, self.last, *self.gates) for one in network.parameters()]
        return networks + (self.layer if self.mixing != "none" else [])


def equivariant(x: Tensor, own: Tensor, pooled: Tensor, bias: Tensor, *, released: bool = False) -> Tensor:
    """x L - max(x) G + b of sets (..., N, C), with the largest of each feature in a set; or (x - max(x)) G + b."""
    most = x.amax(-2, keepdim=True)
    return (x - most) @ pooled + bias if released else x @ own - most @ pooled + bias


def gated(x: Tensor, gates: list[Network]) -> Tensor:
    """The last state (B, C) of a gated recurrent unit that reads sets (B, N, C) in their order."""
    keep, reset, new = gates
    state = torch.zeros_like(x[:, 0])
    for place in x.unbind(1):
        both = torch.cat([place, state], 1)
        share = keep(both).sigmoid()
        fresh = new(torch.cat([place, reset(both).sigmoid() * state], 1)).tanh()
        state = share * state + (1 - share) * fresh
    return state
