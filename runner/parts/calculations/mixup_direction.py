"""Mixup finds the best direction of a linear classifier where plain training needs many more data: the farther two
Gaussian classes are apart, the worse is what logistic regression makes of n examples, and mixup suffers little. Where
features are exchanged by a mask, not mixed, the minimum is another one (Oh and Yun, Provable Benefit of Mixup for
Finding Optimal Decision Boundaries, ICML 2023).

Classes y = 1 and -1 as often, x ~ N(y mu, Sigma / kappa) with mu' Sigma^-1 mu = `separation`, of each seed another mu
and Sigma; no intercept. The best direction is Sigma^-1 mu. Pairs of training examples are drawn `pairs` times as many
as there are examples, each with its own share lambda, uniform on [0, 1], of the first, which is also its share in the
loss. A mask takes each feature from the first with probability lambda. Fits go to their minimum.
"""

from typing import Annotated, Literal

import numpy as np
from numpy.random import Generator

from runner.parts.calculations._logistic import Array, gaussian_root, logistic

METRICS = {"direction_cosine": ("higher", "[-1, 1]", "cosine to the best direction")}


def mixup_direction(
    draws: Generator,
    *,
    augmentation: Literal["none", "mixup", "mask"],
    kappa: Annotated[float, "(0, 100]"],
    separation: Annotated[float, "(0, 100]"],
    samples: Annotated[int, "[2, 100000]"],
    features: Annotated[int, "[1, 1000]"],
    spread: Annotated[float, "[0, 5]"],
    pairs: Annotated[int, "[1, 1000]"],
) -> dict[str, float]:
    """How well the fitted direction points along Sigma^-1 mu."""
    problem, data, mixing = draws.spawn(3)
    root, mu = gaussian_root(problem, features, spread), problem.normal(size=features)
    mu = mu * np.sqrt(separation / (mu @ best(root, mu)))
    labels = data.integers(2, size=samples)
    x = (2 * labels - 1)[:, None] * mu + data.normal(size=(samples, features)) @ root.T / np.sqrt(kappa)
    if augmentation != "none":
        x, labels = mixed(mixing, x, labels, pairs, augmentation == "mask")
    return {"direction_cosine": cosine(logistic(x, labels), best(root, mu))}


def mixed(draws: Generator, x: Array, labels: Array, pairs: int, mask: bool) -> tuple[Array, Array]:
    """Pairs of examples (pairs n, d), mixed or each feature from one of both, and their soft labels (pairs n,)."""
    first, second = draws.integers(len(x), size=(2, pairs * len(x)))
    share = draws.uniform(size=(len(first), 1))
    kept = draws.uniform(size=(len(first), x.shape[1])) < share if mask else share
    return kept * x[first] + (1 - kept) * x[second], share[:, 0] * labels[first] + (1 - share[:, 0]) * labels[second]


def best(root: Array, mu: Array) -> Array:
    """Sigma^-1 mu (d,), where Sigma = root root'."""
    return np.linalg.solve(root @ root.T, mu)


def cosine(a: Array, b: Array) -> float:
    """Of two vectors (d,)."""
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
