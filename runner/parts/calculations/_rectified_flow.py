"""Rectified flow: a drift that is learnt along straight lines between pairs, and pairs that this drift makes
(Liu, Gong and Liu, "Flow Straight and Fast", ICLR 2023; Liu, "Rectified Flow: A Marginal Preserving Approach to Optimal
Transport", 2022, arXiv:2209.14577).

    min E |y - x - v(x_t, t)|^2,    x_t = (1 - t) x + t y,    t uniform,    dz = v(z, t) dt

x and y are a pair: drawn independently in the first round, and in later ones a point and where the round before moved
it. c-rectified flow, for the cost |x - y|^2, has v the gradient of a network with one output. The marginal of z at t is
that of x_t either way.
"""

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._network import Network, tensor
from runner.parts.calculations._transport_training import Map, Samples, Training, gradient, trained, two_layers

ODE_STEPS = 20  # of Heun's method


class Drift:
    """v of points (N, d) and times (N,).

    Args:
        potential: is v the gradient of a network?
    """

    def __init__(self, start: Generator, features: int, width: int, *, potential: bool) -> None:
        self.potential, self.features = potential, features
        self.network: Network = two_layers(start, features + 1, width, 1 if potential else features)

    def __call__(self, x: Tensor, t: Tensor) -> Tensor:
        at = torch.cat([x, t[:, None]], 1)
        return gradient(self.network, at)[:, : self.features] if self.potential else self.network(at)


def fit(drift: Drift, x: Tensor, y: Tensor, t: Tensor) -> Tensor:
    """() of pairs (N, d) and (N, d) and times (N,)."""
    between = x + t[:, None] * (y - x)
    return (y - x - drift(between, t)).square().sum(1).mean()


def moved(drift: Drift, x: Tensor) -> Tensor:
    """(N, d) where the drift brings points (N, d) from time 0 to time 1."""
    step = 1.0 / ODE_STEPS
    for t in np.arange(ODE_STEPS) * step:
        before, after = (torch.full((len(x),), time, dtype=x.dtype) for time in (t, t + step))
        slope = drift(x, before).detach()
        x = x + step / 2 * (slope + drift(x + step * slope, after).detach())
    return x


def rectified(rounds: int, start: Generator, samples: Samples, training: Training, *, potential: bool) -> Map:
    """The map of the last of so many rounds."""
    drift: Drift | None = None
    for _ in range(rounds):
        drift = one_round(drift, start, samples, training, potential=potential)
    last = drift
    return lambda points, draws: points if last is None else moved(last, points)


def one_round(
    before: Drift | None, start: Generator, samples: Samples, training: Training, *, potential: bool
) -> Drift:
    """A drift that is trained on pairs of the round before; without one, on independent pairs."""
    drift = Drift(start, len(samples.roots[0]), training.width, potential=potential)

    def loss(x: Tensor, y: Tensor) -> Tensor:
        t = tensor(start.uniform(size=len(x)))
        return fit(drift, x, y if before is None else moved(before, x), t)

    trained(drift.network, loss, samples, training)
    return drift
