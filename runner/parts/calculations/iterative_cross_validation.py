"""Leave-one-out cross-validation of a training that has not ended: the iterates of every fold, approximated beside
those of the training itself (Luo, Ren and Barber, 2023, ICML, arXiv 2303.02732).

Logistic regression by gradient descent from 0 on the mean loss of n examples plus l2 |theta|^2 / 2; a fold lacks one
example, and its divisor stays n. IACV steps each fold's iterate by the gradient of its objective, expanded to first
order about the training's iterate: g_i(theta) + H_i(theta) (theta_i - theta). The shortcut that it is set against
takes one Newton step of each fold's objective from the training's iterate, as if that were an optimum. Labels are
drawn of a logistic model whose parameters are drawn for each seed, as are the examples, of N(0, I).
"""

from typing import Annotated, Literal

import numpy as np
from numpy.random import Generator
from scipy.special import expit

METRICS = {
    "loss_error": ("lower", "[0, inf)", "nats"),  # mean absolute, of the loss of the example left out
    "parameter_error": ("lower", "[0, inf)", ""),  # mean distance from the exact iterates of the folds
}
Array = np.ndarray


def iterative_cross_validation(
    draws: Generator,
    *,
    by: Literal["iacv", "newton"],
    n: Annotated[int, "[2, 2000]"],
    features: Annotated[int, "[1, 200]"],
    steps: Annotated[int, "[1, 1000000]"],
    lr: Annotated[float, "(0, 100]"],
    l2: Annotated[float, "[0, 100]"],
) -> dict[str, float]:
    """How far what stands for the folds is from the folds, after so many steps.

    Args:
        by: what stands for them: iacv, or one Newton step.
    """
    x, truth = draws.normal(size=(n, features)), draws.normal(size=features)
    y = (draws.uniform(size=n) < expit(x @ truth)).astype(float)
    theta, close, exact = iterates(x, y, steps, lr, l2)
    found = close if by == "iacv" else newton(x, y, theta, l2)
    return {
        "loss_error": float(np.abs(loss_left_out(x, y, found) - loss_left_out(x, y, exact)).mean()),
        "parameter_error": float(np.linalg.norm(found - exact, axis=1).mean()),
    }


def iterates(x: Array, y: Array, steps: int, lr: float, l2: float) -> tuple[Array, Array, Array]:
    """Of the training (D,), of IACV (n, D) and of the folds (n, D), after so many steps."""
    n, features = x.shape
    theta, close, exact = np.zeros(features), np.zeros((n, features)), np.zeros((n, features))
    for _ in range(steps):
        along = gradients(x, y, np.broadcast_to(theta, (n, features)), l2)
        turned = np.einsum("nde,ne->nd", hessians(x, theta, l2), close - theta)
        close = close - lr * (along + turned)
        exact = exact - lr * gradients(x, y, exact, l2)
        theta = theta - lr * (x.T @ (expit(x @ theta) - y) / n + l2 * theta)
    return theta, close, exact


def gradients(x: Array, y: Array, at: Array, l2: float) -> Array:
    """Of each fold's objective at its own parameters (n, D): (n, D)."""
    off = expit(at @ x.T) - y  # (fold, example)
    np.fill_diagonal(off, 0.0)
    return off @ x / len(x) + l2 * at


def hessians(x: Array, theta: Array, l2: float) -> Array:
    """Of each fold's objective (n, D, D) at one theta (D,)."""
    p = expit(x @ theta)
    each = (p * (1 - p))[:, None, None] * x[:, :, None] * x[:, None, :]
    return (each.sum(0) - each) / len(x) + l2 * np.eye(x.shape[1])


def newton(x: Array, y: Array, theta: Array, l2: float) -> Array:
    """Of each fold (n, D), one step of Newton's from theta (D,)."""
    along = gradients(x, y, np.broadcast_to(theta, x.shape), l2)
    step: Array = np.linalg.solve(hessians(x, theta, l2), along[:, :, None])[:, :, 0]
    return theta - step


def loss_left_out(x: Array, y: Array, at: Array) -> Array:
    """Of each fold's parameters (n, D) at the example that it lacks (n,)."""
    logits = (x * at).sum(1)
    return np.logaddexp(0.0, logits) - y * logits
