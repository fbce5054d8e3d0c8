"""Entropic plans that are learnt: each point x goes to a random y. The plan that is sought minimizes

    E |x - y|^2 / 2 - eps H(plan)

among the plans from one distribution to another, which is also what Brownian motion of variance eps does that is led
from one to the other with the least effort.

Enot (Gushchin et al., "Entropic Neural Optimal Transport via Diffusion Processes", NeurIPS 2023) learns a drift u
against a network D:

    min over u, max over D of  E 1/2 int |u|^2 dt + E D(y) - E D(x_1),    dx_t = u(x_t, t) dt + sqrt(eps) dW

The released code has 1/d in place of 1/2 for Gaussians, which moves the scale of D and not the drift that is best, and
10 steps of u for one of D, where we have 2. It can leave out the noise of the last steps; here all have noise.

Egnot (Mokrov et al., "Energy-guided Entropic Neural Optimal Transport", ICLR 2024) learns a function f, and y is drawn
by Langevin's steps from exp((f(y) - |x - y|^2 / 2) / eps):

    max over f of  E f(y) - eps E log int exp((f(y') - |x - y'|^2 / 2) / eps) dy'

whose gradient is that of E f over y of the target less E f over y that are drawn. Chains go on from a buffer of
earlier pairs of x and y. The released code pushes each pair into its buffer twice; here a pair takes the place from
which it came.
"""

from collections.abc import Callable

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._network import tensor
from runner.parts.calculations._rectified_flow import Drift
from runner.parts.calculations._transport_training import Descent, Map, Samples, Training, gradient, two_layers

SDE_STEPS = 10
DRIFT_STEPS = 2  # for one of D; the code has 10
LANGEVIN = 0.1  # a step's length, over eps
CHAIN, LONG = 10, 200  # Langevin's steps in training, and to draw from what was trained
FRESH = 0.05  # share of chains that begin anew


def followed(
    drift: Callable[[Tensor, Tensor], Tensor], x: Tensor, eps: float, draws: Generator
) -> tuple[Tensor, Tensor]:
    """Where points (N, d) come by Euler's steps of the drift with noise, (N, d), and 1/2 int |u|^2 dt of each, (N,)."""
    effort = torch.zeros(len(x), dtype=x.dtype)
    for step in range(SDE_STEPS):
        slope = drift(x, torch.full((len(x),), step / SDE_STEPS, dtype=x.dtype))
        effort = effort + slope.square().sum(1) / 2 / SDE_STEPS
        x = x + slope / SDE_STEPS + np.sqrt(eps / SDE_STEPS) * tensor(draws.normal(size=tuple(x.shape)))
    return x, effort


def enot(eps: float, start: Generator, samples: Samples, training: Training) -> Map:
    """The plan of a drift that was trained; a step is one of the drift."""
    features = len(samples.roots[0])
    drift = Drift(start, features, training.width, potential=False)
    judge = two_layers(start, features, training.width, 1)
    rounds = max(training.steps // DRIFT_STEPS, 1)
    lead, learn = (
        Descent(network.parameters(), training.lr, steps)
        for network, steps in ((drift.network, rounds * DRIFT_STEPS), (judge, rounds))
    )
    for _ in range(rounds):
        for _ in range(DRIFT_STEPS):
            end, effort = followed(drift, samples.batch(training.batch_size)[0], eps, start)
            lead((effort - judge(end)[:, 0]).mean())
        x, y = samples.batch(training.batch_size)
        learn((judge(followed(drift, x, eps, start)[0].detach()) - judge(y)).mean())
    return lambda points, draws: followed(drift, points, eps, draws)[0]


def langevin(
    slope: Callable[[Tensor], Tensor], x: Tensor, y: Tensor, eps: float, steps: int, draws: Generator
) -> Tensor:
    """(N, d) points (N, d) after so many steps at the density exp((f(y) - |x - y|^2 / 2) / eps), f's gradient given."""
    length = LANGEVIN * eps
    for _ in range(steps):
        noise = tensor(draws.normal(size=tuple(y.shape)))
        y = y + length / 2 * score(slope, x, y, eps) + np.sqrt(length) * noise
    return y


def score(slope: Callable[[Tensor], Tensor], x: Tensor, y: Tensor, eps: float) -> Tensor:
    """(N, d) the gradient in y of (f(y) - |x - y|^2 / 2) / eps."""
    return (x - y + slope(y)) / eps


def egnot(eps: float, start: Generator, samples: Samples, training: Training) -> Map:
    """The plan of a function f that was trained."""
    network = two_layers(start, len(samples.roots[0]), training.width, 1)
    descent = Descent(network.parameters(), training.lr, training.steps)
    x, _ = samples.batch(training.batch_size)
    y = x.clone()
    for _ in range(training.steps):
        new, target = samples.batch(training.batch_size)
        anew = tensor(start.uniform(size=(len(x), 1))) < FRESH
        x, y = torch.where(anew, new, x), torch.where(anew, new, y)
        y = langevin(lambda at: gradient(network, at).detach(), x, y, eps, CHAIN, start)
        descent((network(y) - network(target)).mean())
    return lambda points, draws: langevin(lambda at: gradient(network, at).detach(), points, points, eps, LONG, draws)
