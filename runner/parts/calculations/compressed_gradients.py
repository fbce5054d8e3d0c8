"""How many bits workers send until a gradient is small: error feedback with top-k compression (EF21: Richtarik, Sokolov
and Fatkhullin, NeurIPS 2021, arXiv 2106.05203), its weighted form (EF21-W: Richtarik, Gasanov and Burlachenko, Error
Feedback Reloaded: From Quadratic to Arithmetic Mean of Smoothness Constants, ICLR 2024, arXiv 2402.10774), and
gradient descent, which sends all.

Each of n workers has f_i(x) = x A_i x / 2 - b_i x, whose smoothness L_i is the largest eigenvalue of A_i; f is their
mean, of smoothness L. With weights w_i, the server goes x -= gamma sum_i w_i v_i, and then each worker sends the k
largest places of grad f_i(x) / (n w_i) - v_i, which both add to v_i. The first v_i are sent whole, and are not counted.

- EF21: w_i = 1/n and gamma = 1 / (L + xi times the quadratic mean of the L_i);
- EF21-W: w_i = L_i / sum of all, and gamma = 1 / (L + xi times the arithmetic mean of the L_i).

Of top-k of d places alpha = k / d and xi = (1 + sqrt(1 - alpha)) / alpha - 1. Top-k does not mind a scale, so with one
step both are one method: what differs is the largest step that the theory allows. Gradient descent has gamma = 1 / L.
There is no released code. A place costs its number of 64 bits and log2 d for which it is; places of gradient descent
cost the number alone.
"""

from math import ceil, log2, sqrt
from typing import Annotated, Literal

import numpy as np
from numpy.random import Generator

Array = np.ndarray
Method = Literal["ef21", "ef21_w", "gradient_descent"]
METRICS = {"log10_bits": ("lower", "(-inf, inf)", "decades"), "log10_rounds": ("lower", "(-inf, inf)", "decades")}
NUMBER = 64  # bits
ROWS = 2  # of data a feature, in each worker


def compressed_gradients(
    draws: Generator,
    *,
    method: Method,
    workers: Annotated[int, "[1, 1000]"],
    features: Annotated[int, "[2, 1000]"],
    kept: Annotated[int, "[1, 1000]"],
    heterogeneity: Annotated[float, "[1, 100000]"],
    hard: Annotated[int, "[0, 1000]"],
    tolerance: Annotated[float, "(0, 1)"],
    rounds: Annotated[int, "[1, 10000000]"],
) -> dict[str, float]:
    """Logarithms of bits that a worker sends, and of rounds, until |grad f|^2 is below the tolerance; infinite where
    that does not come in so many rounds."""
    if kept > features:
        raise ValueError(f"kept: {kept} of {features} features")
    matrices, linear = problem(draws, workers, features, np.where(np.arange(workers) < hard, heterogeneity, 1.0))
    weights, step = plan(matrices, kept, method)
    kept = features if method == "gradient_descent" else kept
    place = NUMBER + (0 if method == "gradient_descent" else ceil(log2(features)))
    x, sent, whole = np.zeros(features), None, (matrices.mean(axis=0), linear.mean(axis=0))
    for count in range(1, rounds + 1):
        x, sent = round_of(x, sent, (matrices, linear), weights, step, kept)
        if ((whole[0] @ x - whole[1]) ** 2).sum() < tolerance:
            return {"log10_bits": float(np.log10(count * kept * place)), "log10_rounds": float(np.log10(count))}
    return {"log10_bits": float("inf"), "log10_rounds": float("inf")}


def problem(draws: Generator, workers: int, features: int, smoothness: Array) -> tuple[Array, Array]:
    """A (n, d, d), each Z'Z of normal data, scaled to the largest eigenvalue that is asked for (n,), and b (n, d), of
    which each worker's own optimum is near one point that all share."""
    data = draws.normal(size=(workers, ROWS * features, features))
    matrices = data.transpose(0, 2, 1) @ data
    matrices *= (smoothness / np.linalg.eigvalsh(matrices)[:, -1])[:, None, None]
    optima = draws.normal(size=features) + draws.normal(size=(workers, features))
    return matrices, np.einsum("nij,nj->ni", matrices, optima)


def plan(matrices: Array, kept: int, method: Method) -> tuple[Array, float]:
    """Weights (n,) and the step that theory allows."""
    each = np.linalg.eigvalsh(matrices)[:, -1]
    whole = float(np.linalg.eigvalsh(matrices.mean(axis=0))[-1])
    share = kept / matrices.shape[1]
    xi = (1 + sqrt(1 - share)) / share - 1
    if method == "gradient_descent":
        return np.full(len(each), 1 / len(each)), 1 / whole
    if method == "ef21_w":
        return each / each.sum(), 1 / (whole + xi * float(each.mean()))
    return np.full(len(each), 1 / len(each)), 1 / (whole + xi * float(np.sqrt((each**2).mean())))


def round_of(
    x: Array, sent: Array | None, functions: tuple[Array, Array], weights: Array, step: float, kept: int
) -> tuple[Array, Array]:
    """The next x (d,) and v (n, d); v of None is that of exact gradients at x."""
    matrices, linear = functions
    scale = len(weights) * weights[:, None]
    if sent is None:
        sent = (matrices @ x - linear) / scale
    x = x - step * weights @ sent
    return x, sent + largest((matrices @ x - linear) / scale - sent, kept)


def largest(values: Array, kept: int) -> Array:
    """Rows with so many of their largest magnitudes kept, all others 0."""
    if kept == values.shape[1]:
        return values
    at = np.argpartition(-np.abs(values), kept - 1, axis=1)[:, :kept]
    found = np.zeros_like(values)
    np.put_along_axis(found, at, np.take_along_axis(values, at, axis=1), axis=1)
    return found
