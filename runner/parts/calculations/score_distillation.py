"""A generator is distilled from a law whose noised scores are known, along the gradient of an f-divergence (Xu, Nie and
Vahdat, One-step Diffusion Models with f-Divergence Distribution Matching, 2025, arXiv 2502.15681; from memory,
unconfirmed).

With r = p / q, teacher over student, the gradient of a divergence E_q f(r) along the generator is that of reverse
Kullback-Leibler times h(r) = f''(r) r^2:

    E h(r(x)) (score of q - score of p)(x) dx/d(parameters),    x = generator + noise.

    reverse_kl: f = -log r, h = 1.
    forward_kl: f = r log r, h = r.
    js: f = r log r - (r + 1) log((r + 1) / 2), h = r / (1 + r).
    softened_reverse_kl: f = (r + 1) log((r + 1) / (2 r)), h = 1 / (1 + r).

The teacher is a ring of eight Gaussians, the student a mixture of as many, of which means and deviations are trained;
its shares stay equal. So r and both scores are exact, and no discriminator or second network stands in for them. The
student starts with all means near 0. Noise is log-uniform between its two ends, and gradients are weighted by its
variance. h is divided by its mean over the batch, so that all arms take steps of one size; that the paper does so too
is unconfirmed.
"""

from math import log
from typing import Annotated, Literal

import torch
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._mixture import Mixture, ring
from runner.parts.calculations._network import descend, tensor

METRICS = {
    "modes": ("higher", "[0, 8]", ""),  # with at least a fifth of a fair share of the student's samples
    "forward_kl": ("lower", "(-inf, inf)", "nats"),  # teacher to student, over fresh samples
    "reverse_kl": ("lower", "(-inf, inf)", "nats"),  # student to teacher, over fresh samples
}
MODES, RADIUS, DEVIATION = 8, 4.0, 0.5
Divergence = Literal["reverse_kl", "forward_kl", "js", "softened_reverse_kl"]


def score_distillation(
    draws: Generator,
    *,
    divergence: Divergence,
    spread: Annotated[float, "(0, inf)"],
    noises: list[float],
    steps: Annotated[int, "[1, 1000000]"],
    batch_size: Annotated[int, "[1, 100000]"],
    lr: Annotated[float, "(0, 1]"],
    tested: Annotated[int, "[1, 10000000]"],
) -> dict[str, float]:
    """Which modes the student has, and how far it is from the teacher."""
    start, training, testing = draws.spawn(3)
    teacher = ring(MODES, RADIUS, DEVIATION)
    means = tensor(start.normal(0, spread, size=(MODES, 2))).requires_grad_()
    logs = torch.full((MODES,), log(spread), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([means, logs], lr=lr)
    low, high = noises
    for _ in range(steps):
        places = training.integers(MODES, size=batch_size)
        noise = low * (high / low) ** tensor(training.uniform(size=(batch_size, 1)))
        inner, outer = tensor(training.normal(size=(2, batch_size, 2)))
        x = means[places] + logs[places, None].exp() * inner + noise * outer
        now = noise.square()
        descend(optimizer, surrogate(divergence, x, teacher, student(means, logs), now))
    with torch.no_grad():
        found = student(means, logs)
        own, others = found.sample(testing, tested), teacher.sample(testing, tested)
        return {
            "modes": float(teacher.modes(own)),
            "forward_kl": float((teacher.log_density(others) - found.log_density(others)).mean()),
            "reverse_kl": float((found.log_density(own) - teacher.log_density(own)).mean()),
        }


def student(means: Tensor, logs: Tensor) -> Mixture:
    """A mixture of equal shares, from means (K, D) and logarithms of deviations (K,), out of reach of gradients."""
    return Mixture(means.detach(), (2 * logs.detach()).exp(), torch.full_like(logs.detach(), 1 / len(logs)))


def surrogate(divergence: Divergence, x: Tensor, teacher: Mixture, found: Mixture, noise: Tensor) -> Tensor:
    """A number whose gradient along samples x (N, D) is that of the divergence; noise (N, 1) are their variances."""
    with torch.no_grad():
        ratio = teacher.log_density(x, noise) - found.log_density(x, noise)
        weight = weights(divergence, ratio)
        slope = (weight / weight.mean())[:, None] * (found.score(x, noise) - teacher.score(x, noise))
    return (noise * slope * x).sum(1).mean()


def weights(divergence: Divergence, log_ratio: Tensor) -> Tensor:
    """h(r) (N,), of log r (N,)."""
    return {
        "reverse_kl": torch.ones_like(log_ratio),
        "forward_kl": log_ratio.exp(),
        "js": log_ratio.sigmoid(),
        "softened_reverse_kl": (-log_ratio).sigmoid(),
    }[divergence]
