"""How long the error on training data falls before that on test data, and when features come to fit the target, of a
network of two layers that is trained the more lazily the larger alpha is (Kumar, Bordelon, Gershman and Pehlevan,
Grokking as the Transition from Lazy to Rich Training Dynamics, ICLR 2024).

The network is f(x) = alpha (g(x, W) - g(x, W_0)), where g is the mean over N units of phi(w x), and phi(h) is
h + epsilon h^2 / 2. It is 0 at the start. x ~ N(0, I / d), W_0 is standard normal, and the target is (b x)^2 / 2 with
|b|^2 = d. W follows the gradient of the squared error at a rate that is divided by alpha^2: then all alphas begin
equally fast, and the larger alpha is, the less W has to move. The smaller epsilon is, the less of the target the
features of the start hold. The network, its target and its alpha are as we remember the paper (unconfirmed), the sizes
are ours.

The features are those of the tangent kernel K(x, x') = mean of phi'(w x) phi'(w x') times x x'. Its alignment with the
target is y' K y / (|K| |y|^2) on the training data.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from numpy.random import Generator

Array = np.ndarray
METRICS = {"log10_step": ("lower", "[0, 9]", "decades")}


def grokking_delay(
    draws: Generator,
    *,
    event: Literal["train", "test", "alignment"],
    log2_alpha: Annotated[float, "[-10, 10]"],
    epsilon: Annotated[float, "(0, 10]"],
    drop: Annotated[float, "(0, 1)"],
    features: Annotated[int, "[1, 1000]"],
    width: Annotated[int, "[1, 10000]"],
    samples: Annotated[int, "[1, 10000]"],
    steps: Annotated[int, "[1, 100000000]"],
    lr: Annotated[float, "(0, inf)"],
) -> dict[str, float]:
    """The logarithm of the first step at which an event has come; of all steps, where it does not come in as many.

    The events: the squared error on training data, or on as many test data, is below the share `drop` of what it was
    before the first step; alignment has doubled. If the network diverges, the number is not finite.
    """
    problem, start = draws.spawn(2)
    direction = problem.normal(size=features)
    direction *= np.sqrt(features) / np.linalg.norm(direction)
    data = problem.normal(size=(2, samples, features)) / np.sqrt(features)
    targets = (data @ direction) ** 2 / 2
    alpha, first = 2.0**log2_alpha, start.normal(size=(width, features))
    path = descent(first, data[0], targets[0], alpha, epsilon, lr)
    half = int(event == "test")
    before = alignment(first, data[0], targets[0], epsilon)
    for step, w in zip(range(1, steps + 1), path, strict=False):
        if event == "alignment":
            come = alignment(w, data[0], targets[0], epsilon) > 2 * before
        else:
            error = network(w, first, data[half], alpha, epsilon) - targets[half]
            come = np.mean(error**2) < drop * np.mean(targets[half] ** 2)
        if come or not np.isfinite(w).all():
            return {"log10_step": float(np.log10(step)) if come else np.nan}
    return {"log10_step": float(np.log10(steps))}


def network(w: Array, first: Array, x: Array, alpha: float, epsilon: float) -> Array:
    """f (n,) at x (n, d), of units w (N, d) that were `first` at the start."""

    def g(units: Array) -> Array:
        h = x @ units.T
        return np.asarray((h + epsilon / 2 * h**2).mean(axis=1))

    return alpha * (g(w) - g(first))


def descent(first: Array, x: Array, y: Array, alpha: float, epsilon: float, lr: float) -> Iterator[Array]:
    """W (N, d) after each step of gradient descent on the mean of (f - y)^2 / 2.

    A step is lr N d / alpha^2 times the gradient: d is there since x is of length 1, and N since g is a mean.
    """
    w, (samples, features) = first.copy(), x.shape
    while True:
        slope = 1 + epsilon * (x @ w.T)
        error = network(w, first, x, alpha, epsilon) - y
        w = w - lr * features / alpha * (error[:, None] * slope).T @ x / samples
        yield w


def alignment(w: Array, x: Array, y: Array, epsilon: float) -> float:
    """y' K y / (|K| |y|^2) of the tangent kernel of units w (N, d), in [0, 1]."""
    slope = 1 + epsilon * (x @ w.T)
    kernel = slope @ slope.T / len(w) * (x @ x.T)
    return float(y @ kernel @ y / (np.linalg.norm(kernel) * (y @ y)))
