"""A diffusion that is steered to a law of which only the density up to a factor is known, by the log-variance loss or
by the Kullback-Leibler divergence (Richter and Berner, Improved Sampling via Learned Diffusions, ICLR 2024; the path
integral sampler is that of Zhang and Chen, ICLR 2022; from memory, unconfirmed).

Paths start at 0 and follow dX = u dt + dB over time 1; without a control u they end as N(0, I). Along a path under a
control v, the logarithm of how much likelier it is under u than under the law that is wanted is

    sum u . (v - u / 2) dt + u . dB + log N(X_1; 0, I) - log target(X_1).

    lv: its variance over the batch (denominator B - 1), with v = u as it is, through which no gradient goes.
    kl: its mean with v = u, without the term of dB, whose mean is 0; gradients go through the path.

At the best control it is -log Z on every path, as steps get small: its variance is 0. Here the target is the density of
a square of nine Gaussians in the plane; so Z is 1. The control is a network of x and t, the same at the start of both.
"""

from collections.abc import Callable
from math import log, pi
from typing import Annotated, Literal

import torch
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._mixture import grid
from runner.parts.calculations._network import Network, descend, tensor

METRICS = {
    "modes": ("higher", "[0, 9]", ""),  # to which at least a fifth of a fair share of the paths comes
    "log_z_error": ("lower", "[0, inf)", "nats"),  # of the mean importance weight
    "elbo_gap": ("lower", "(-inf, inf)", "nats"),  # the mean that kl lowers, less -log Z
    "effective_share": ("higher", "[0, 1]", ""),  # of paths, by their weights
}
SIDE, SPACING, DEVIATION = 3, 2.0, 0.3
Control = Callable[[float, Tensor], Tensor]  # time and places (B, D) -> (B, D)
Density = Callable[[Tensor], Tensor]  # places (B, D) -> (B,), a logarithm


def controlled_sampler(
    draws: Generator,
    *,
    objective: Literal["lv", "kl"],
    width: Annotated[int, "[1, 10000]"],
    intervals: Annotated[int, "[1, 10000]"],
    steps: Annotated[int, "[1, 1000000]"],
    batch_size: Annotated[int, "[2, 100000]"],
    lr: Annotated[float, "(0, 1]"],
    tested: Annotated[int, "[2, 10000000]"],
) -> dict[str, float]:
    """Where paths of the trained control end, and what they say of Z."""
    start, training, testing = draws.spawn(3)
    truth, network = grid(SIDE, SPACING, DEVIATION), Network(start, (3, width, width, 2), ["tanh", "tanh"])
    optimizer = torch.optim.Adam(network.parameters(), lr=lr)

    def control(time: float, x: Tensor) -> Tensor:
        return network(torch.cat([x, torch.full_like(x[:, :1], time)], 1))

    for _ in range(steps):
        noise = tensor(training.normal(size=(intervals, batch_size, 2)))
        descend(optimizer, loss(objective, control, truth.log_density, noise))
    with torch.no_grad():
        logs, ends = path(control, truth.log_density, tensor(testing.normal(size=(intervals, tested, 2))))
    weights = (-logs).softmax(0)
    return {
        "modes": float(truth.modes(ends)),
        "log_z_error": abs(float((-logs).logsumexp(0)) - log(tested)),
        "elbo_gap": float(logs.mean()),
        "effective_share": min(1.0, float(1 / weights.square().sum() / tested)),
    }


def loss(objective: str, control: Control, target: Density, noise: Tensor) -> Tensor:
    """The objective of these names, of standard normal noise (T, B, D)."""
    if objective == "lv":
        return path(control, target, noise, detached=True)[0].var()
    return path(control, target, noise, martingale=False)[0].mean()


def path(
    control: Control, target: Density, noise: Tensor, *, detached: bool = False, martingale: bool = True
) -> tuple[Tensor, Tensor]:
    """Log-ratios (B,) of paths, and where they end (B, D).

    Args:
        control: u.
        target: the logarithm of the density that is wanted, up to a constant.
        noise: (T, B, D), standard normal; there are T steps of time 1 / T.
        detached: simulate with a control through which no gradient goes?
        martingale: count the term of dB?
    """
    count, size, dimension = noise.shape
    dt = 1 / count
    x, logs = noise.new_zeros(size, dimension), noise.new_zeros(size)
    for k, normal in enumerate(noise):
        u = control(k * dt, x)
        used, shock = u.detach() if detached else u, dt**0.5 * normal
        logs = logs + (u * (used - u / 2)).sum(1) * dt
        if martingale:
            logs = logs + (u * shock).sum(1)
        x = x + used * dt + shock
    reference = -x.square().sum(1) / 2 - dimension / 2 * log(2 * pi)
    return logs + reference - target(x), x
