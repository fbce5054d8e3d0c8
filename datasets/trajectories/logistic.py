"""Steps of the noisy logistic map: made up, chaotic without the noise, with eigenvalues that are known."""

import math
from typing import Annotated, Literal

import numpy as np
import torch

from datasets.split import Split
from datasets.trajectories._steps import ordered, steps_of

NODES = 400  # of the quadrature, many more than an integrand has waves
DIGITS = 12  # that the quadrature has right


def logistic(
    *,
    power: Annotated[int, "[4, 60]"],
    num_train: Annotated[int, "[2, 1000000]"],
    num_test: Annotated[int, "[2, 1000000]"],
    task: Literal["dynamics"],
) -> Split:
    """Steps (N, 2, 1) of one trajectory in [0, 1).

        x' = (F(x) + e) mod 1,    F(x) = 4 x (1 - x),  e in [-1/2, 1/2] with density c cos(pi e)^power

    Source: Ostruszka, Pakonski, Slomczynski and Zyczkowski, "Dynamical entropy for systems with stochastic
    perturbation", Physical Review E 2000; as data of learnt operators in Kostic et al., "Learning Dynamical Systems via
    Koopman Operator Regression in Reproducing Kernel Hilbert Spaces", NeurIPS 2022, and of DPNets (both from memory).

    Args:
        power: an even number; the larger, the less noise. The papers' is 20.
        num_train: N.
        num_test: M, those that follow.
        task: what is asked.
    Raises:
        ValueError: power is odd.
    """
    if power % 2:
        raise ValueError(f"power={power}: must be even, for the noise goes around")
    draw = np.random.default_rng(0)
    count = num_train + num_test + 1
    noise = np.arcsin(np.sqrt(draw.beta(0.5, (power + 1) / 2, count))) / math.pi * draw.choice([-1.0, 1.0], count)
    states = [draw.random()]
    for e in noise[1:].tolist():
        states.append((4 * states[-1] * (1 - states[-1]) + e) % 1)
    return steps_of(torch.tensor(states, dtype=torch.float64)[:, None], num_train, eigenvalues(power), task)


def eigenvalues(power: int) -> list[complex]:
    """All power + 1 of them but the 1 of constants, those with the largest moduli first.

    The density of x' is a sum of waves, sum_m b_m exp(2 pi i m (x' - F(x))) with b_m = C(power, power / 2 + m) /
    C(power, power / 2), so that the operator is a matrix of waves, M_mn = b_m int exp(2 pi i (m y - n F(y))) dy.

    >>> [f"{value:.3f}" for value in eigenvalues(20)[:2]]
    ['-0.193+0.191j', '-0.193-0.191j']
    """
    half = power // 2
    waves = np.arange(-half, half + 1)
    b = np.array([math.comb(power, half + m) / math.comb(power, half) for m in waves.tolist()])
    node, weight = np.polynomial.legendre.leggauss(NODES)
    y = (node + 1) / 2
    one = np.exp(2j * math.pi * np.outer(waves, y)) * (weight / 2)
    other = np.exp(-2j * math.pi * np.outer(waves, 4 * y * (1 - y)))
    found = np.linalg.eigvals(b[:, None] * (one @ other.T))
    return ordered(found.round(DIGITS).tolist())[1:]
