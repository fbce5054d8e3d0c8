"""Rewards from rankings of K: the likelihood of Plackett and Luce against that of all pairs as if each were a
comparison of its own (Zhu, Jordan and Jiao, Principled Reinforcement Learning with Human Feedback from Pairwise or
K-wise Comparisons, ICML 2023, arXiv 2301.11270).

The reward is theta x, with theta drawn for each seed and features x normal. A ranking takes the best of what is left,
each with a probability that goes with e^reward. Both objectives are convex; their optimum by L-BFGS estimates theta,
and no ranking tells of a constant, so there is none.
"""

from typing import Annotated, Literal

import numpy as np
from numpy.random import Generator
from scipy.optimize import minimize
from scipy.special import expit

Array = np.ndarray
METRICS = {"square_error": ("lower", "[0, inf)", "")}  # |estimate - theta|^2


def plackett_luce(
    draws: Generator,
    *,
    objective: Literal["rankings", "pairs"],
    features: Annotated[int, "[1, 1000]"],
    ranked: Annotated[int, "[2, 100]"],
    rankings: Annotated[int, "[1, 1000000]"],
) -> dict[str, float]:
    """How far the estimate is from theta, which has length 1.

    Args:
        ranked: K of each ranking.
    """
    theta = draws.normal(size=features)
    theta /= np.linalg.norm(theta)
    x = draws.normal(size=(rankings, ranked, features))
    order = np.argsort(-(x @ theta + draws.gumbel(size=(rankings, ranked))), axis=1)
    x = np.take_along_axis(x, order[:, :, None], axis=1)
    loss = by_ranking if objective == "rankings" else by_pairs

    def mean(estimate: Array) -> tuple[float, Array]:
        value, slope = loss(x @ estimate)
        return float(value.mean()), np.einsum("nk,nkd->d", slope, x) / rankings

    found = minimize(mean, np.zeros(features), jac=True, method="L-BFGS-B", options={"gtol": 1e-8, "ftol": 1e-14})
    return {"square_error": float(((found.x - theta) ** 2).sum())}


def by_ranking(rewards: Array) -> tuple[Array, Array]:
    """Of rewards (N, K), the best first: - log probability of each ranking (N,), and its gradient (N, K)."""
    powers = np.exp(rewards - rewards.max(axis=1, keepdims=True))
    left = powers[:, ::-1].cumsum(axis=1)[:, ::-1]
    shares = powers * (1 / left).cumsum(axis=1)
    return -(np.log(powers) - np.log(left)).sum(axis=1), shares - 1


def by_pairs(rewards: Array) -> tuple[Array, Array]:
    """The same of all pairs of a ranking, summed, each by Bradley and Terry: - log sigmoid(better - worse)."""
    better, worse = np.triu_indices(rewards.shape[1], 1)
    margin = rewards[:, better] - rewards[:, worse]
    slope, off = np.zeros_like(rewards), expit(-margin)
    rows = np.arange(len(rewards))[:, None]
    np.add.at(slope, (rows, better), -off)
    np.add.at(slope, (rows, worse), off)
    return np.logaddexp(0, -margin).sum(axis=1), slope
