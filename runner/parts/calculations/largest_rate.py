"""The largest learning rate by which a loss falls, over sizes of batches: before it saturates it grows in proportion to
the batch for SGD, and to the root of the batch for Adam (Granziol, Zohren and Roberts, Learning Rates as a Function of
Batch Size, JMLR 2022).

The problem is linear regression on d Gaussian features, whose weights are drawn for each seed, without noise, on fresh
examples in each step, from weights of zero. For SGD with B much smaller than d the rate beyond which the expected loss
grows is 2 B / (B + d + 1). A rate is taken to be too large if the distance to the true weights has not shrunk after the
last step; the largest one that is not is found by halving an interval of logarithms. The slope is that of the least
squares line through log rate over log B.
"""

from collections.abc import Callable
from typing import Annotated, Literal

import numpy as np
from numpy.random import Generator

METRICS = {"rate_slope": ("higher", "[-10, 10]", ""), "rate": ("higher", "[0, inf)", "")}
LOW, HIGH = 1e-6, 1e2  # rates that are tried
HALVINGS = 20
LOST = 1e100  # of a weight: it does not come back
MOMENTS, EPS = (0.9, 0.999), 1e-8  # Adam's
Array = np.ndarray
Step = Callable[[Array, int], Array]  # gradient (d,), number of the step -> what weights change by at a rate of 1


def largest_rate(
    draws: Generator,
    *,
    optimizer: Literal["sgd", "adam"],
    features: Annotated[int, "[2, 10000]"],
    batches: list[int],
    steps: Annotated[int, "[2, 100000]"],
) -> dict[str, float]:
    """The slope, and the rate at the largest batch."""
    of_weights, of_examples = draws.spawn(2)
    weights = of_weights.normal(size=features) / np.sqrt(features)
    x = of_examples.normal(size=(steps, max(batches), features))
    rates = [largest(weights, x[:, :batch], optimizer) for batch in batches]
    return {"rate_slope": float(np.polyfit(np.log(batches), np.log(rates), 1)[0]), "rate": rates[-1]}


def largest(weights: Array, x: Array, optimizer: str) -> float:
    """The largest rate at which the distance to the weights (d,) shrinks, over batches x (T, B, d)."""
    low, high = np.log(LOW), np.log(HIGH)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if remaining(weights, x, np.exp(middle), optimizer) < np.linalg.norm(weights):
            low = middle
        else:
            high = middle
    return float(np.exp(low))


def remaining(weights: Array, x: Array, rate: float, optimizer: str) -> float:
    """The distance to the weights (d,) after a step on each of the batches x (T, B, d), from zero."""
    error, step = -weights, STEPS[optimizer]()
    for number, batch in enumerate(x, 1):
        error = error - rate * step(batch.T @ (batch @ error) / len(batch), number)
        if np.abs(error).max() > LOST:
            return np.inf
    return float(np.linalg.norm(error))


def sgd() -> Step:
    return lambda gradient, number: gradient


def adam() -> Step:
    moments: list[Array] = [np.zeros(1), np.zeros(1)]

    def step(gradient: Array, number: int) -> Array:
        for i, power in enumerate((gradient, gradient**2)):
            moments[i] = MOMENTS[i] * moments[i] + (1 - MOMENTS[i]) * power
        first, second = (each / (1 - decay**number) for each, decay in zip(moments, MOMENTS, strict=True))
        return first / (np.sqrt(second) + EPS)

    return step


STEPS: dict[str, Callable[[], Step]] = {"sgd": sgd, "adam": adam}
