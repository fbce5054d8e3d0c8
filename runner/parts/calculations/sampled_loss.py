"""Losses of a model that can only be drawn from: where the best model is, and how far from the log loss their mean is
(Kimpara, Frongillo and Waggoner, 2023, ICML, arXiv 2211.03761).

The log loss of an outcome y is -log q(y), the sum over k from 1 of (1 - q(y))^k / k. "series": n draws estimate its
first n terms, each by whether its k first draws all miss y. "poisson": of a Poisson number of draws, n in the mean, M
miss; M (M - 1) ... (M - k + 1) / n^k has mean (1 - q(y))^k for every k, and so does the sum up to M. A true law of
`outcomes` is drawn for each seed; the estimates are of a model that is that law. The Poisson estimates' variance is
without bound, and few of them see what outcomes with q(y) far below 1 / n cost.
"""

from typing import Annotated, Literal

import numpy as np
from numpy.random import Generator
from scipy.optimize import brentq

METRICS = {
    "loss_bias": ("lower", "[0, inf)", "nats"),  # |mean of the estimates less the entropy|
    "minimizer_gap": ("lower", "[0, 1]", "share"),  # total variation from the true law to the model of least mean loss
}
Law = np.ndarray  # (K,)


def sampled_loss(
    draws: Generator,
    *,
    loss: Literal["series", "poisson"],
    n: Annotated[int, "[1, 1000]"],
    outcomes: Annotated[int, "[2, 1000]"],
    estimates: Annotated[int, "[1, 100000000]"],
) -> dict[str, float]:
    """The bias, measured, and the gap, computed."""
    p = draws.dirichlet(np.full(outcomes, 4.0))
    hits = p[draws.choice(outcomes, estimates, p=p)]
    found = series(hits, n, draws) if loss == "series" else poisson(hits, n, draws)
    best = minimizer(p, n) if loss == "series" else p
    return {
        "loss_bias": abs(float(found.mean() + p @ np.log(p))),
        "minimizer_gap": float(np.abs(best - p).sum() / 2),
    }


def series(hit: Law, n: int, draws: Generator) -> Law:
    """Estimates of the first n terms for outcomes that a draw hits with these probabilities."""
    missed = np.minimum(draws.geometric(hit) - 1, n)  # draws before the first hit
    return np.concatenate([[0.0], (1 / np.arange(1, n + 1)).cumsum()])[missed]


def poisson(hit: Law, n: int, draws: Generator) -> Law:
    """Estimates of all terms, of Poisson numbers of draws."""
    missed = draws.poisson(n * (1 - hit))
    table = np.array([_factorials(m, n) for m in range(missed.max() + 1)])
    return table[missed]


def _factorials(missed: int, n: int) -> float:
    k = np.arange(1, missed + 1)
    return float((((missed - k + 1) / n).cumprod() / k).sum())


def truncated(p: Law, q: Law, n: int) -> float:
    """The mean of the first n terms for outcomes of p and a model q."""
    k = np.arange(1, n + 1)
    return float(p @ ((1 - q)[:, None] ** k / k).sum(1))


def minimizer(p: Law, n: int) -> Law:
    """The model (K,) of which `truncated` is least: p (1 - (1 - q)^n) / q is one number wherever q > 0, and no larger
    where q is 0."""

    def at(level: float) -> Law:
        return np.array([_solved(each, n, level) for each in p])

    level = brentq(lambda level: at(level).sum() - 1, p.min() / 2, n * p.max())
    return at(level)


def _solved(p: float, n: int, level: float) -> float:
    """The q of [0, 1] with p (1 - (1 - q)^n) / q = level, or the end that is nearest."""
    if p * n <= level:
        return 0.0
    if p >= level:
        return 1.0
    return float(brentq(lambda q: p * (1 - (1 - q) ** n) / q - level, 1e-12, 1.0))
