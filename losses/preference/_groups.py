"""Groups of responses to one context, drawn from declared uniform numbers."""

from collections.abc import Callable
from functools import cache

import torch
from torch import Generator, Tensor

from losses.preference._rows import OfResponses


class OfGroups(OfResponses):
    """A loss of `group` responses to the context of each row. What it draws are uniforms (B, group)."""

    def __init__(self, group: int):
        super().__init__()
        self.draws = {"uniforms": _uniforms(group)}


def drawn(log_p: Tensor, uniforms: Tensor) -> Tensor:
    """Log probabilities (B, K) and numbers (B, k) in [0, 1) -> places (B, k) in [0, K), by the inverse of the
    distribution function: the first whose function is above the number. No gradient goes through it."""
    upto = log_p.detach().exp().cumsum(1)
    below = upto[:, None] <= (uniforms * upto[:, -1:])[..., None]
    return below.sum(2).clamp(max=log_p.shape[1] - 1)


def divergence(log_p: Tensor, log_q: Tensor) -> Tensor:
    """Log probabilities (..., K) of two policies -> (...), Kullback-Leibler of the first from the second, in nats."""
    return (log_p.exp() * (log_p - log_q)).sum(-1)


@cache
def _uniforms(group: int) -> Callable[[Generator, int], Tensor]:
    """What draws (B, group) numbers: one function for all losses of a group, for draws are known by theirs."""

    def uniforms(generator: Generator, size: int) -> Tensor:
        return torch.rand(size, group, generator=generator)

    return uniforms
