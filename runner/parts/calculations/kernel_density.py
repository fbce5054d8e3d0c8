"""The best bandwidth of a kernel density estimate, and where the central limit theorem ends, of n = exp(alpha d)
points in many dimensions d (Biroli and Mézard, 2024, arXiv 2408.05807).

Points and queries are of N(0, I), the kernel is Gaussian of bandwidth h. At a query x with |x|^2 = d, the sum of the
kernels exp(-b |x - y|^2 / 2), b = 1 / h^2, is a random energy model: with f(b) the log of a kernel's mean a
dimension, few terms are nearly all of it above the b at which alpha + f(b) - b f'(b) = 0, whose h is called h_glass.
The sum is Gaussian about its mean as long as the sum of squares, the same at 2 b, has no such few terms: h_clt =
sqrt(2) h_glass. Both are derived here; the best h has the largest mean log density of fresh queries, which is the
least KL(true || estimate).
"""

from typing import Annotated

import numpy as np
from numpy.random import Generator
from scipy.optimize import brentq, minimize_scalar
from scipy.spatial.distance import cdist
from scipy.special import logsumexp, softmax

METRICS = {
    "log_below_clt": ("higher", "(-inf, inf)", ""),  # log(h_clt / best h)
    "log_above_glass": ("higher", "(-inf, inf)", ""),  # log(best h / h_glass)
    "largest_share": ("lower", "[0, 1]", "share"),  # of the largest term in the sum, at the best h, in the mean
}
FARTHEST = 1e8  # of b = 1 / h^2


def kernel_density(
    draws: Generator,
    *,
    dimension: Annotated[int, "[1, 200]"],
    alpha: Annotated[float, "(0, 2]"],
    queries: Annotated[int, "[2, 100000]"],
) -> dict[str, float]:
    """Where the best bandwidth lies between the two, for round(exp(alpha * dimension)) points, and at least two."""
    ours, fresh = draws.spawn(2)
    points = ours.normal(size=(max(2, round(np.exp(alpha * dimension))), dimension))
    squares = cdist(fresh.normal(size=(queries, dimension)), points, "sqeuclidean")
    glass = glass_bandwidth(alpha)
    best = best_bandwidth(squares, dimension, (glass / 3, glass * 3))
    return {
        "log_below_clt": float(np.log(np.sqrt(2) * glass / best)),
        "log_above_glass": float(np.log(best / glass)),
        "largest_share": float(shares(squares, best).mean()),
    }


def glass_bandwidth(alpha: float) -> float:
    """The h below which few terms are nearly all of the sum, with dimensions without end."""

    def left(b: float) -> float:
        """alpha + f(b) - b f'(b), f(b) = -log(1 + b) / 2 - b / (2 (1 + b))."""
        return alpha - np.log1p(b) / 2 + b / (2 * (1 + b) ** 2)

    return float(1 / np.sqrt(brentq(left, 0.0, FARTHEST)))


def best_bandwidth(squares: np.ndarray, dimension: int, ends: tuple[float, float]) -> float:
    """The h, between two ends, of the largest mean log density, for squared distances (queries, n)."""

    def loss(log_h: float) -> float:
        return -float(log_density(squares, dimension, np.exp(log_h)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=tuple(np.log(ends)), method="bounded").x))


def log_density(squares: np.ndarray, dimension: int, h: float) -> np.ndarray:
    """Of each query (queries,)."""
    one = logsumexp(-squares / (2 * h**2), axis=1) - np.log(squares.shape[1])
    return one - dimension / 2 * np.log(2 * np.pi * h**2)


def shares(squares: np.ndarray, h: float) -> np.ndarray:
    """Of each query (queries,), the share of the largest term in its sum."""
    return softmax(-squares / (2 * h**2), axis=1).max(1)
