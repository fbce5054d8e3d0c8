"""Best of n against tilting: the answer with the largest reward of n, and the law that exponential tilting has at the
same divergence from the model, become one, symbol by symbol, as answers grow (Yang et al., 2024, arXiv 2404.01730).

An answer is m symbols, each 1 with probability p, drawn for each seed from [0.2, 0.4]; its reward is how many are 1, so
that both laws are exact laws of a binomial count. There are n = exp(m delta) answers, rounded.
"""

from typing import Annotated

import numpy as np
from numpy.random import Generator
from scipy.optimize import brentq
from scipy.special import xlogy
from scipy.stats import binom

METRICS = {
    "kl_per_symbol": ("lower", "[0, inf)", "nats"),
    "reward_gap": ("lower", "[-1, 1]", "reward per symbol"),
}
Law = np.ndarray  # (M,) probabilities of answers, by ascending reward
ROUNDING = 1e-12  # nats
STEEPEST = 500.0  # of a tilt: beyond it all of the law is at one reward


def best_of_n(
    draws: Generator, *, symbols: Annotated[int, "[1, 1000]"], delta: Annotated[float, "(0, 0.5]"]
) -> dict[str, float]:
    """Divergence of the law of best of n from the tilted one, and how much more reward tilting has, a symbol."""
    p, count = draws.uniform(0.2, 0.4), np.arange(symbols + 1)
    base = binom.pmf(count, symbols, p)
    best = best_of(binom.cdf(count, symbols, p), binom.sf(count, symbols, p), float(np.round(np.exp(symbols * delta))))
    tilted = at_divergence(base, count, divergence(best, base))
    return {
        "kl_per_symbol": max(0.0, divergence(best, tilted)) / symbols,
        "reward_gap": float((tilted - best) @ count) / symbols,
    }


def best_of(below: Law, above: Law, n: float) -> Law:
    """The law of the best of n answers: with which probability an answer is no better (M,), and better (M,), by which
    an n without end loses no digits."""
    few = above < 0.5
    log_below = np.where(few, np.log1p(-np.where(few, above, 0.0)), np.log(np.where(few, 1.0, below)))
    return np.diff(np.exp(n * log_below), prepend=0.0)


def divergence(p: Law, q: Law) -> float:
    """KL(p || q) in nats."""
    return float((xlogy(p, p) - xlogy(p, np.where(p > 0, q, 1.0))).sum())


def at_divergence(base: Law, reward: Law, wanted: float) -> Law:
    """The law base exp(t reward) / Z, with t >= 0, whose divergence from `base` is as wanted."""

    def tilted(t: float) -> Law:
        weights = base * np.exp(t * (reward - reward.max()))
        return weights / weights.sum()

    def beyond(t: float) -> float:
        return divergence(tilted(t), base) - wanted

    if wanted < ROUNDING:
        return base
    most = 1.0
    while beyond(most) < 0 and most < STEEPEST:
        most *= 2
    return tilted(brentq(beyond, 0.0, most))
