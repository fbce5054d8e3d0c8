"""Steps of the gradient flow of KL(P | Q) in the space of transport, each learnt against a variational form of KL
(Fan, Zhang, Taghvaei and Chen, "Variational Wasserstein Gradient Flow", ICML 2022).

    P_k+1 = argmin over P of  W_2^2(P_k, P) / (2 a) + KL(P | Q)
    KL(P | Q) = max over h > 0 of  E_P log h + E_P log(m / q) - E_m h + 1,    at h = P / m

for any density m above 0. A step learns a map T from P_k and h in turns; W_2^2 is E|x - T x|^2. This is the released
code's `kl_density`. The code also penalizes potentials that are not convex, and has a form with the logarithm of a
mean; neither is here.

Q is N(0, I), and the first P is a Gaussian that is drawn for each seed. T is affine and log h quadratic: the best of
both are among these, each P stays a Gaussian, and all distances are exact. m is P_k (the code's choice is unconfirmed).
"""

from typing import Annotated, NamedTuple

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._gaussian_transport import drawn_covariance, root
from runner.parts.calculations._network import descend, tensor

Array = np.ndarray
METRICS = {
    "symmetric_kl": ("lower", "[0, inf)", "nats"),  # KL(P | Q) + KL(Q | P) after all steps
    "exact_kl": ("lower", "[0, inf)", "nats"),  # the same after as many exact steps
    "start_kl": ("lower", "[0, inf)", "nats"),  # the same before
}


class Normal(NamedTuple):
    """A Gaussian of a mean (d,) and a covariance (d, d)."""

    mean: Array
    covariance: Array


def jko_steps(
    draws: Generator,
    *,
    features: Annotated[int, "[1, 100]"],
    spread: Annotated[float, "[1, 100]"],
    distance: Annotated[float, "[0, inf)"],
    rounds: Annotated[int, "[1, 1000]"],
    step: Annotated[float, "(0, inf)"],
    steps: Annotated[int, "[0, 100000]"],
    batch_size: Annotated[int, "[1, 100000]"],
    lr: Annotated[float, "(0, 1]"],
) -> dict[str, float]:
    """How far a Gaussian is from N(0, I) after so many learnt steps, after exact ones, and before.

    Args:
        spread: eigenvalues of the first covariance are from 1 / spread to spread.
        distance: of the first mean from 0.
        rounds: steps of the flow.
        step: a, their length.
        steps: of T and as many of h, for each step of the flow.
    """
    problem, training = draws.spawn(2)
    way = problem.normal(size=features)
    start = Normal(distance * way / np.linalg.norm(way), drawn_covariance(problem, features, spread))
    learnt = exact = start
    for _ in range(rounds):
        learnt, exact = learnt_step(learnt, step, steps, batch_size, lr, training), exact_step(exact, step)
    found = (symmetric_kl(learnt), symmetric_kl(exact), symmetric_kl(start))
    return dict(zip(METRICS, found, strict=True))


def exact_step(normal: Normal, step: float) -> Normal:
    """The next Gaussian: the mean over 1 + a, and each standard deviation s the root above 0 of
    (1 + a) r^2 - s r - a = 0."""
    values, vectors = np.linalg.eigh(normal.covariance)
    deviations = (np.sqrt(values) + np.sqrt(values + 4 * step * (1 + step))) / (2 * (1 + step))
    return Normal(normal.mean / (1 + step), vectors * deviations**2 @ vectors.T)


def symmetric_kl(normal: Normal) -> float:
    """KL(P | N(0, I)) + KL(N(0, I) | P): the logarithms of determinants cancel."""
    mean, covariance = normal
    inverse = np.linalg.inv(covariance)
    return float(np.trace(covariance + inverse) / 2 - len(mean) + mean @ mean / 2 + mean @ inverse @ mean / 2)


def jko_objective(move: Tensor, log_h: Tensor, log_ratio: Tensor, h_of_m: Tensor, step: float) -> Tensor:
    """() what T makes small and h large: of moves T x - x (N, d), log h (N,) and log(m / q) (N,) at T x, and h at draws
    of m (M,)."""
    return move.square().sum(1).mean() / (2 * step) + (log_h + log_ratio).mean() - h_of_m.mean() + 1


def learnt_step(before: Normal, step: float, steps: int, batch_size: int, lr: float, draws: Generator) -> Normal:
    """The Gaussian that an affine map makes of one, after so many steps of the map and of h in turns."""
    size, half = len(before.mean), tensor(root(before.covariance))
    mean, inverse = tensor(before.mean), tensor(np.linalg.inv(before.covariance))
    matrix, shift = torch.eye(size, dtype=torch.float64).requires_grad_(), mean.clone().requires_grad_()
    quadratic = torch.zeros(size, size, dtype=torch.float64).requires_grad_()
    rest = torch.zeros(size + 1, dtype=torch.float64).requires_grad_()
    movers = [torch.optim.Adam(parts, lr) for parts in ([matrix, shift], [quadratic, rest])]
    schedules = [torch.optim.lr_scheduler.LinearLR(one, 1.0, 0.01, max(steps, 1)) for one in movers]

    def log_h(y: Tensor) -> Tensor:
        off = y - mean
        return ((off @ quadratic) * off).sum(1) + off @ rest[:-1] + rest[-1]

    def objective() -> Tensor:
        x, z = (tensor(draws.normal(size=(batch_size, size))) @ half for _ in range(2))
        y = shift + x @ matrix.T
        off = y - mean
        log_ratio = (y.square().sum(1) - ((off @ inverse) * off).sum(1)) / 2
        return jko_objective(y - mean - x, log_h(y), log_ratio, log_h(mean + z).exp(), step)

    for _ in range(steps):
        descend(movers[1], -objective())
        descend(movers[0], objective())
        for schedule in schedules:
            schedule.step()
    found = matrix.detach().numpy()
    return Normal(shift.detach().numpy(), found @ before.covariance @ found.T)
