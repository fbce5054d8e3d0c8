"""Heads of a small transformer without normalization of layers whose attention collapses onto one place, with and
without a penalty on the entropy of attention (entropy-guided attention; Jha and Reagen, Entropy-Guided Attention for
Private LLMs, 2025, arXiv:2501.03489, title and number from memory, unconfirmed).

The penalty is that of the released code: of each head and place, the squared distance of the entropy of attention from
r_h log T, r_h in [0, 1] being a trained number of head h that all layers share, and 0 where the distance is at most
margin log T; summed over sequences, places and heads, and divided by the numbers of heads and of layers. It is summed
over the batch, so that a larger batch has more of it. The place number i cannot have more than log i, so that the sum
has a floor above 0. r begins at `start`, and is kept within [0, 1] by clamping, which is our choice.

The language is a Markov chain of order 2, another one of each seed. Perceptrons have relu. Sizes are far below the
paper's, and the weight of the penalty is ours: the released 0.00001 is for batches of other sizes.
"""

from collections.abc import Sequence
from math import log, sqrt
from typing import Annotated

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._transformer import Adam, Transformer
from runner.parts.calculations.rate_sensitivity import losses, sequences

TINY = 1e-9  # added to attention before its logarithm, as in the released code
METRICS = {
    "collapsed": ("lower", "[0, 1]", "share"),
    "uniform": ("lower", "[0, 1]", "share"),
    "entropy": ("higher", "[0, 1]", "share"),
    "loss": ("lower", "[0, inf)", "nats"),
}


class Watched(Transformer):
    """Without normalization of layers; `maps` (R, B, H, T, T) of each layer are those of the last call."""

    maps: list[Tensor]

    def __call__(self, x: Tensor) -> Tensor:
        self.maps = []
        return super().__call__(x)

    def norm(self, hidden: Tensor) -> Tensor:
        return hidden

    def attention(self, mixed: Tensor, batch: int) -> Tensor:
        copies, places, _ = mixed.shape
        length = places // batch
        query, key, value = mixed.reshape(copies, batch, length, 3, self.heads, -1).permute(3, 0, 1, 4, 2, 5)
        later = torch.ones(length, length, dtype=torch.bool).triu(1)
        self.maps.append((query @ key.mT / sqrt(query.shape[-1])).masked_fill(later, -torch.inf).softmax(-1))
        return (self.maps[-1] @ value).transpose(2, 3).reshape(copies, places, -1)


def entropy_attention(
    draws: Generator,
    *,
    weight: Annotated[float, "[0, inf)"],
    margin: Annotated[float, "[0, 1]"],
    start: Annotated[float, "[0, 1]"],
    symbols: Annotated[int, "[2, 1000]"],
    concentration: Annotated[float, "(0, inf)"],
    length: Annotated[int, "[3, 1000]"],
    width: Annotated[int, "[1, 1000]"],
    layers: Annotated[int, "[1, 100]"],
    heads: Annotated[int, "[1, 100]"],
    steps: Annotated[int, "[1, 1000000]"],
    batch_size: Annotated[int, "[1, 100000]"],
    lr: Annotated[float, "(0, 1]"],
    tested: Annotated[int, "[1, 100000]"],
) -> dict[str, float]:
    """Of fresh sequences: collapsed and uniform, the shares of heads whose mean entropy is below a tenth and above nine
    tenths of the largest that places can have; entropy, the mean share of it; loss, the cross-entropy."""
    problem, begun, training, testing = draws.spawn(4)
    law = problem.dirichlet(np.full(symbols, concentration), size=(symbols, symbols))
    network = Watched(begun, 1, (symbols, width, symbols), length, layers, heads)
    r = torch.full((1, heads, 1), start, dtype=torch.float64, requires_grad=True)
    optimizer = Adam([*network.parameters(), r], [lr], steps)
    for _ in range(steps):
        entropy, _ = losses(network, sequences(training, law, length, batch_size))
        maps = [each[0] for each in network.maps]
        optimizer.descend(entropy + weight * penalty(maps, r[0, :, 0], margin))
        with torch.no_grad():
            r.clamp_(0, 1)
    with torch.no_grad():
        loss = losses(network, sequences(testing, law, length, tested))[0]
    return {**shares([each[0] for each in network.maps]), "loss": float(loss)}


def entropies(attention: Tensor) -> Tensor:
    """Attention (..., T) -> (...) its entropy, in nats."""
    return -(attention * (attention + TINY).log()).sum(-1)


def penalty(maps: Sequence[Tensor], r: Tensor, margin: float) -> Tensor:
    """() of attention (B, H, T, T) of each layer and r (H,)."""
    most = log(maps[0].shape[-1])
    total = r.new_zeros(())
    for each in maps:
        off = entropies(each) - r[:, None] * most
        total = total + off.square().where(off.abs() > margin * most, 0.0).sum() / len(r)
    return total / len(maps)


def shares(maps: Sequence[Tensor]) -> dict[str, float]:
    """What heads of attention (B, H, T, T) of each layer do, the first place left out, which sees itself alone."""
    most = torch.arange(1, maps[0].shape[-1] + 1, dtype=torch.float64).log()[1:]
    found = torch.stack([entropies(each)[..., 1:].mean((0, 2)) / most.mean() for each in maps])
    return {
        "collapsed": float((found < 0.1).double().mean()),
        "uniform": float((found > 0.9).double().mean()),
        "entropy": float(found.mean().clamp(0, 1)),
    }
