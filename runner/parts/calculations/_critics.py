"""Critics of pairs of outputs: bilinear u' W v, separable f(u) . g(v) and joint h(u, v), with f, g and h networks of
one hidden layer of relu units; and encoders that are trained so that a bound by a critic is large."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._network import Network, descend, tensor

CRITICS = ("bilinear", "separable", "joint")
Decode = Callable[[Tensor], Tensor]  # scores (N, N) -> what a bound says


class Trained(Protocol):
    """An encoder, or a critic."""

    def parameters(self) -> list[Tensor]: ...


def adam(networks: Iterable[Trained], lr: float) -> torch.optim.Adam:
    """Adam of all of them."""
    return torch.optim.Adam([one for network in networks for one in network.parameters()], lr=lr)


class Critic:
    """A critic of this name of outputs (N, D) of two encoders, with so many hidden units.

    Its matrix, or its networks' last layers, begin at a tenth of their size, so that all scores begin near 0.
    """

    def __init__(self, draws: Generator, name: str, size: int, hidden: int) -> None:
        shapes = {"bilinear": [], "separable": [(size, hidden, size)] * 2, "joint": [(2 * size, hidden, 1)]}[name]
        self.name = name
        self.networks = [Network(draws, shape, ["relu"]) for shape in shapes]
        self.matrix = tensor(draws.normal(0, 0.1 / np.sqrt(size), (size, size))).requires_grad_()
        with torch.no_grad():
            for network in self.networks:
                network.weights[-1] *= 0.1

    def parameters(self) -> list[Tensor]:
        """What is trained."""
        if self.name == "bilinear":
            return [self.matrix]
        return [one for network in self.networks for one in network.parameters()]

    def __call__(self, u: Tensor, v: Tensor) -> Tensor:
        """Scores (N, N) of each first output with each second one."""
        if self.name == "bilinear":
            return u @ self.matrix @ v.T
        if self.name == "separable":
            one, other = self.networks
            return one(u) @ other(v).T
        n = len(u)
        every = torch.cat([u[:, None].expand(n, n, -1), v[None].expand(n, n, -1)], 2)
        return self.networks[0](every.flatten(0, 1)).view(n, n)


def train_both(
    encoders: Sequence[Callable[[Tensor], Tensor]],
    critic: Critic,
    decode: Decode,
    batches: Iterable[tuple[Tensor, Tensor]],
    optimizer: torch.optim.Optimizer,
) -> None:
    """A step of an optimizer on each batch of halves, towards more of a bound."""
    for upper, lower in batches:
        descend(optimizer, -decode(critic(encoders[0](upper), encoders[1](lower))))
