"""Unlabelled examples of a shifted law, beside few labelled ones: a loss that is robust to how examples may move takes
them up (Saberi et al., Out-of-Domain Unlabeled Data Improves Generalization, ICLR 2024, arXiv 2310.00027).

Two classes y = 1 and -1, as often, x ~ N(y mu, 1) in d dimensions, |mu| = `separation`. Unlabelled examples have
another mean, as long as mu and `shift` times `separation` away from it, in a direction at random. A linear classifier w
minimizes the mean over labelled examples of the largest logistic loss in a ball of radius `radius` around x, and
`unlabelled_weight` times the same mean over unlabelled ones, whose label is the sign that w gives them. In a ball both
have closed forms: log(1 + exp(radius |w| - y w'x)), and the same with |w'x| for y w'x.

The paper has a penalty of gamma times the distance in place of a ball. With the distance itself it is trivial for a
linear logistic loss: the largest value is the loss at x where |w| <= gamma, and else infinite. How the paper weighs
the two terms we have from a summary alone, and no code is released. The length of w is `norm`: direction is all that
errors depend on, and without a bound a longer w has a lower loss wherever labels come from w itself. Errors are exact,
by the normal law: on x, and where each x may move by `radius` against its label.
"""

from collections.abc import Callable
from typing import Annotated

import numpy as np
import torch
import torch.nn.functional as F
from numpy.random import Generator
from scipy.optimize import minimize
from scipy.stats import norm as normal
from torch import Tensor

from runner.parts.calculations._network import tensor

METRICS = {
    "error": ("lower", "[0, 1]", "share"),
    "robust_error": ("lower", "[0, 1]", "share"),
    "excess_error": ("lower", "[-1, 1]", "share"),  # above that of the best direction
}
Array = np.ndarray


def robust_semi_supervised(
    draws: Generator,
    *,
    labelled: Annotated[int, "[1, 1000000]"],
    unlabelled: Annotated[int, "[1, 1000000]"],
    unlabelled_weight: Annotated[float, "[0, inf)"],
    radius: Annotated[float, "[0, inf)"],
    shift: Annotated[float, "[0, 2]"],
    separation: Annotated[float, "(0, 100]"],
    features: Annotated[int, "[2, 10000]"],
    norm: Annotated[float, "(0, inf)"],
) -> dict[str, float]:
    """Errors of the classifier.

    Args:
        labelled: examples with a label, and `unlabelled` those without.
        shift: distance of the mean of unlabelled examples from mu, in lengths of mu; 0 is no shift, 2 turns it round.
        norm: the length of w.
    """
    problem, first, second = draws.spawn(3)
    mu, other = means(problem, features, separation, shift)
    x, y = examples(first, mu, labelled)
    without, _ = examples(second, other, unlabelled)

    def objective(w: Tensor) -> Tensor:
        w = norm * w / w.norm()
        margins = x @ w
        supervised = ball(y * margins, w, radius).mean()
        return supervised + unlabelled_weight * ball((without @ w).abs(), w, radius).mean()

    w = descended(objective, (y[:, None] * x).mean(0))
    cosine = float(mu @ w / np.linalg.norm(w))
    found = float(normal.cdf(-cosine))
    return {
        "error": found,
        "robust_error": float(normal.cdf(radius - cosine)),
        "excess_error": found - float(normal.cdf(-separation)),
    }


def ball(margins: Tensor, w: Tensor, radius: float) -> Tensor:
    """The largest logistic loss (N,) of examples with margins y w'x (N,), where each may move by `radius`; with minus
    a radius the least one.

    >>> ball(torch.tensor([1.0]), torch.tensor([3.0, 4.0]), 0.2)    # the margin may fall to 0
    tensor([0.6931])
    """
    return F.softplus(radius * w.norm() - margins)


def means(draws: Generator, features: int, separation: float, shift: float) -> tuple[Array, Array]:
    """mu (d,), and another vector of its length that is `shift` lengths away from it."""
    plane = np.linalg.qr(draws.normal(size=(features, 2)))[0]
    angle = 2 * np.arcsin(shift / 2)
    return separation * plane[:, 0], separation * plane @ np.array([np.cos(angle), np.sin(angle)])


def examples(draws: Generator, mu: Array, size: int) -> tuple[Tensor, Tensor]:
    """x (n, d), and labels 1 and -1 (n,) in turn."""
    y = 1 - 2.0 * (np.arange(size) % 2)
    return tensor(y[:, None] * mu + draws.normal(size=(size, len(mu)))), tensor(y)


def descended(objective: Callable[[Tensor], Tensor], start: Tensor) -> Array:
    """The w (d,) of a local minimum, from this start."""

    def both(values: Array) -> tuple[float, Array]:
        w = tensor(values).requires_grad_()
        loss = objective(w)
        return float(loss.detach()), torch.autograd.grad(loss, w)[0].numpy()

    return np.asarray(minimize(both, start.numpy(), jac=True, method="L-BFGS-B").x)
