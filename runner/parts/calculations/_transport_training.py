"""How maps between samples are trained: batches of two distributions, networks, and a loop."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._network import Network, descend, tensor

Map = Callable[[Tensor, Generator], Tensor]  # of points (N, d) and random numbers that it may use, to points (N, d)


@dataclass(frozen=True)
class Training:
    """Steps of Adam on batches of so many points of each distribution, and the width of networks of two layers."""

    steps: int
    batch_size: int
    lr: float
    width: int


class Samples:
    """Points of N(0, A) and of N(0, B), which are not paired.

    Args:
        roots: symmetric roots of A and B, each (d, d).
        examples: of each; 0: new points in every batch.
        draws: of the points, and of which are in a batch.
    """

    def __init__(self, roots: tuple[np.ndarray, np.ndarray], examples: int, draws: Generator) -> None:
        self.roots, self.examples = roots, examples
        first, self.draws = draws.spawn(2)
        self.kept = [new_points(root, examples, first) for root in roots]

    def batch(self, size: int) -> tuple[Tensor, Tensor]:
        """(size, d) of each."""
        if not self.examples:
            x, y = (tensor(new_points(root, size, self.draws)) for root in self.roots)
        else:
            x, y = (tensor(points[self.draws.integers(self.examples, size=size)]) for points in self.kept)
        return x, y

    def all(self, size: int) -> tuple[np.ndarray, np.ndarray]:
        """All examples (N, d) of each; where points are always new, so many."""
        x, y = self.kept if self.examples else [new_points(root, size, self.draws) for root in self.roots]
        return x, y


def new_points(root: np.ndarray, count: int, draws: Generator) -> np.ndarray:
    """(count, d) of N(0, root root')."""
    return draws.normal(size=(count, len(root))) @ root


def two_layers(draws: Generator, inputs: int, width: int, outputs: int) -> Network:
    """A network of two hidden layers of tanh, for it is differentiated twice where it is a potential."""
    return Network(draws, [inputs, width, width, outputs], ["tanh", "tanh"])


def gradient(network: Network, x: Tensor) -> Tensor:
    """(N, d) the gradient at points (N, d) of a network with one output, which may learn through it."""
    with torch.enable_grad():
        at = x.detach().requires_grad_()
        (slope,) = torch.autograd.grad(network(at).sum(), at, create_graph=True)
    return slope


class Descent:
    """Adam at a rate that falls to 0 in equal steps."""

    def __init__(self, parameters: list[Tensor], lr: float, steps: int) -> None:
        self.optimizer = torch.optim.Adam(parameters, lr)
        self.schedule = torch.optim.lr_scheduler.LinearLR(self.optimizer, 1.0, 1.0 / steps, steps)

    def __call__(self, loss: Tensor) -> None:
        """One step."""
        descend(self.optimizer, loss)
        self.schedule.step()


def trained(
    network: Network, loss: Callable[[Tensor, Tensor], Tensor], samples: Samples, training: Training
) -> Network:
    """The network after descent on a loss () of batches."""
    descent = Descent(network.parameters(), training.lr, training.steps)
    for _ in range(training.steps):
        descent(loss(*samples.batch(training.batch_size)))
    return network
