"""Principal components of unlabelled data make a linear predictor need fewer labels: in a factor model the risk falls
with the dimension of the factors over the number of labels, and without pretraining with that of the data (Ge et al.,
On the Provable Advantage of Unsupervised Pretraining, ICLR 2024; from memory, where pretraining is by maximum
likelihood; as noise has one variance, that is by principal components).

x = B z + noise, with k factors z ~ N(0, I), noise ~ N(0, I) in d dimensions, and y = a' z + N(0, label_noise^2), |a| =
1; entries of B are normal, of each seed others. Pretraining takes the first k principal components of m unlabelled
examples; n labelled ones then fit a linear predictor on these, or on x. Both are ridge regressions without intercept
whose ridge leaving one out chooses, in closed form. Risks are exact: that of weights w on x is |B' w - a|^2 + |w|^2 +
label_noise^2, and the least one, of w = (B B' + I)^-1 B a, is taken away.
"""

from typing import Annotated, Literal

import numpy as np
from numpy.random import Generator

METRICS = {"excess_risk": ("lower", "[0, inf)", "squared error")}
RIDGES = np.logspace(-6, 6, 49)
Array = np.ndarray


def factor_pretraining(
    draws: Generator,
    *,
    predictor: Literal["pretrained", "plain"],
    features: Annotated[int, "[1, 10000]"],
    factors: Annotated[int, "[1, 1000]"],
    strength: Annotated[float, "(0, 100]"],
    unlabelled: Annotated[int, "[2, 1000000]"],
    labelled: Annotated[int, "[2, 1000000]"],
    label_noise: Annotated[float, "[0, 100]"],
) -> dict[str, float]:
    """The risk above the least one that a linear predictor has.

    Args:
        strength: standard deviation of the entries of B.
    """
    problem, before, after = draws.spawn(3)
    loadings, target = strength * problem.normal(size=(features, factors)), problem.normal(size=factors)
    target /= np.linalg.norm(target)
    z, x = observed(after, loadings, labelled)
    y = z @ target + label_noise * after.normal(size=labelled)
    basis = np.eye(features)
    if predictor == "pretrained":
        basis = components(observed(before, loadings, unlabelled)[1], factors)
    weights = basis @ ridge_regression(x @ basis, y)
    least = np.linalg.solve(loadings @ loadings.T + np.eye(features), loadings @ target)
    return {"excess_risk": max(risk(weights, loadings, target) - risk(least, loadings, target), 0.0)}


def observed(draws: Generator, loadings: Array, count: int) -> tuple[Array, Array]:
    """Factors (N, k), and what is seen of them (N, d)."""
    z = draws.normal(size=(count, loadings.shape[1]))
    return z, z @ loadings.T + draws.normal(size=(count, len(loadings)))


def components(x: Array, factors: int) -> Array:
    """The first principal components (d, k) of data (N, d) whose mean is known to be 0."""
    return np.linalg.eigh(x.T @ x)[1][:, -factors:]


def ridge_regression(x: Array, y: Array) -> Array:
    """The w (d,) of the least |x w - y|^2 + ridge |w|^2, with the one of RIDGES that errs least on examples that are
    left out, each in turn."""
    u, s, vt = np.linalg.svd(x, full_matrices=False)
    shrunk = s**2 / (s**2 + RIDGES[:, None])
    leverage = shrunk @ (u**2).T
    left_out = np.mean(((y - (shrunk * (u.T @ y)) @ u.T) / (1 - leverage)) ** 2, axis=1)
    ridge = RIDGES[left_out.argmin()]
    return np.asarray(vt.T @ (s / (s**2 + ridge) * (u.T @ y)))


def risk(weights: Array, loadings: Array, target: Array) -> float:
    """The squared error of weights (d,) on x, without that of label noise."""
    return float(np.sum((loadings.T @ weights - target) ** 2) + weights @ weights)
