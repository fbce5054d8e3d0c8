"""Naive Bayes comes near its final error with fewer examples than logistic regression, whose final error is lower
(Zheng et al., Revisiting Discriminative vs. Generative Classifiers: Theory and Implications, ICML 2023, for several
classes; Ng and Jordan, On Discriminative vs. Generative Classifiers, NeurIPS 2001, for two; both from memory).

The theorems say: of d features, enough of which tell the classes apart, naive Bayes needs examples of the order of
log d, and logistic regression of the order of d. Here are two classes y = 1 and -1, as often, x ~ N(y mu, Sigma), with
mu' Sigma^-1 mu = `separation` times d, of each seed another mu and Sigma. Sigma has correlated features, which naive
Bayes does not know of: it has a mean for each class and feature, and one variance for each feature. Its weights go to
mu / diag(Sigma), those of logistic regression to Sigma^-1 mu, the best ones. Errors are exact, by the normal law.
"""

from typing import Annotated, Literal

import numpy as np
from numpy.random import Generator
from scipy.stats import norm

from runner.parts.calculations._logistic import Array, gaussian_root, logistic
from runner.parts.calculations.mixup_direction import best

METRICS = {"error": ("lower", "[0, 1]", "share"), "excess_error": ("lower", "[-1, 1]", "share")}


def naive_bayes(
    draws: Generator,
    *,
    classifier: Literal["naive_bayes", "logistic"],
    samples: Annotated[int, "[4, 1000000]"],
    features: Annotated[int, "[1, 10000]"],
    separation: Annotated[float, "(0, 100]"],
    spread: Annotated[float, "[0, 5]"],
    repeats: Annotated[int, "[1, 10000]"],
) -> dict[str, float]:
    """The mean error over `repeats` training sets, and how far it is above the error with infinitely many examples.

    Args:
        samples: examples of a training set, half of each class.
        spread: eigenvalues of Sigma are exp(u), u from [-spread, spread].
    """
    problem, *sets = draws.spawn(1 + repeats)
    root, mu = gaussian_root(problem, features, spread), problem.normal(size=features)
    mu = mu * np.sqrt(separation * features / (mu @ best(root, mu)))
    fit = naive if classifier == "naive_bayes" else discriminative
    errors = [error(*fit(*examples(each, root, mu, samples)), root, mu) for each in sets]
    final = mu / (root**2).sum(1) if classifier == "naive_bayes" else best(root, mu)
    found = float(np.mean(errors))
    return {"error": found, "excess_error": found - error(final, 0.0, root, mu)}


def examples(draws: Generator, root: Array, mu: Array, samples: int) -> tuple[Array, Array]:
    """x (n, d) and labels 0 and 1 (n,) in turn."""
    labels = np.arange(samples) % 2
    return (2 * labels - 1)[:, None] * mu + draws.normal(size=(samples, len(mu))) @ root.T, labels


def naive(x: Array, labels: Array) -> tuple[Array, float]:
    """Weights (d,) and intercept of Gaussian naive Bayes, whose classes are as frequent and share variances."""
    low, high = (x[labels == label].mean(0) for label in (0, 1))
    variances = np.mean((x - np.stack([low, high])[labels]) ** 2, axis=0)
    weights = (high - low) / variances
    return weights, float(-weights @ (high + low) / 2)


def discriminative(x: Array, labels: Array) -> tuple[Array, float]:
    """Weights (d,) and intercept of logistic regression."""
    found = logistic(np.column_stack([x, np.ones(len(x))]), labels)
    return found[:-1], float(found[-1])


def error(weights: Array, intercept: float, root: Array, mu: Array) -> float:
    """Of the classifier that says 1 where x w + intercept > 0, over both classes."""
    scale = np.linalg.norm(root.T @ weights)
    return float(norm.cdf(-(weights @ mu + intercept * np.array([1, -1])) / scale).mean())
