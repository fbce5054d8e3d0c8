"""Best of n against tilting: the answer with the largest reward of n, and the law that exponential tilting has at the
same divergence from the model, in the limit of long answers the same (Yang et al., 2024, arXiv 2404.01730).

An answer is m symbols, each 1 with probability p, drawn for each seed from [0.2, 0.4]; its reward is how many are 1, so
that both laws are laws of a binomial count, exactly. n = exp(m delta), rounded.
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
Law = np.ndarray


def best_of_n(
    draws: Generator, *, symbols: Annotated[int, "[1, 1000]"], delta: Annotated[float, "(0, 1]"]
) -> dict[str, float]:
    """Divergence of the law of best of n from the tilted one, and how much more reward tilting has, a symbol."""
    p, count = draws.uniform(0.2, 0.4), np.arange(symbols + 1)
    base = binom.pmf(count, symbols, p)
    n = max(1, round(np.exp(symbols * delta)))
    best = np.diff(np.append(0.0, binom.cdf(count, symbols, p)) ** n)
    tilted = at_divergence(base, count, divergence(best, base))
    return {
        "kl_per_symbol": max(0.0, divergence(best, tilted)) / symbols,
        "reward_gap": float((tilted - best) @ count) / symbols,
    }


def divergence(p: Law, q: Law) -> float:
    """KL(p || q) of laws (M,) in nats."""
    return float((xlogy(p, p) - xlogy(p, np.where(p > 0, q, 1.0))).sum())


def at_divergence(base: Law, reward: Law, wanted: float) -> Law:
    """The law base exp(t reward) / Z, with t >= 0, whose divergence from `base` is as wanted."""

    def tilted(t: float) -> Law:
        weights = base * np.exp(t * (reward - reward.max()))
        return weights / weights.sum()

    if wanted <= 0:
        return base
    most = 1.0
    while divergence(tilted(most), base) < wanted and most < 500:
        most *= 2
    return tilted(brentq(lambda t: divergence(tilted(t), base) - wanted, 0.0, most))
