"""Steps of an Ornstein-Uhlenbeck process: made up, with a spectrum in closed form."""

import math
from itertools import product
from typing import Annotated, Literal

import torch

from datasets.split import Split
from datasets.trajectories._steps import LEADING, steps_of


def ornstein_uhlenbeck(
    *,
    dim: Annotated[int, "[1, 1000]"],
    rate: Annotated[float, "(0, 100]"],
    step: Annotated[float, "(0, 100]"],
    num_train: Annotated[int, "[2, 1000000]"],
    num_test: Annotated[int, "[2, 1000000]"],
    task: Literal["dynamics"],
) -> Split:
    """Steps (N, 2, dim) of one trajectory, which begins in its stationary distribution, a standard normal one.

        x' = a x + sqrt(1 - a^2) e,    a = exp(-rate step),  e standard normal

    The eigenfunctions are products of Hermite polynomials of the coordinates, that of degree k in all with eigenvalue
    a^k (Pavliotis, "Stochastic Processes and Applications", 2014, chapter 4). dim of them are linear.

    Args:
        dim: coordinates, each by itself.
        rate: theta of dx = -theta x dt + sqrt(2 theta) dW, in 1 / time.
        step: time between states.
        num_train: N.
        num_test: M, those that follow.
        task: what is asked.
    """
    a = math.exp(-rate * step)
    draw = torch.Generator().manual_seed(0)
    noise = torch.randn(num_train + num_test + 1, dim, generator=draw, dtype=torch.float64)
    states = noise.clone()
    for i in range(1, len(states)):
        states[i] = a * states[i - 1] + math.sqrt(1 - a * a) * noise[i]
    split = steps_of(states, num_train, eigenvalues(a, dim), task)
    return split._replace(optimum={**split.optimum, "forecast_rmse": math.sqrt(1 - a * a)})


def eigenvalues(a: float, dim: int) -> list[complex]:
    """The first three, as often as there are eigenfunctions.

    >>> eigenvalues(0.5, 1), eigenvalues(0.5, 2)
    ([0.5, 0.25, 0.125], [0.5, 0.5, 0.25])
    """
    degrees = sorted(sum(each) for each in product(range(LEADING + 1), repeat=min(dim, LEADING)))
    return [a**k for k in degrees[1 : LEADING + 1]]
