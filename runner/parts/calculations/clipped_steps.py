"""Where the noise of gradients has heavy tails, clipping keeps the worst runs of SGD from going astray, and where it
has none it changes little (Sadiev et al., High-Probability Bounds for Stochastic Optimization and Variational
Inequalities: the Case of Unbounded Variance, ICML 2023; from memory: with clipping the loss has, with high probability,
a bound that grows with the logarithm of 1 over the probability of failure, and without it with a power).

A gradient g becomes g min(1, c / |g|). Noise is symmetric alpha-stable in each coordinate: normal with variance 2 for
alpha = 2, and without a variance below. A loss is a quadratic one, with curvatures from 0.1 to 1, or that of logistic
regression on Gaussian data; both are taken less their minimum. Runs of one problem are rows of one array, and all
settings meet the same noise. Both methods choose among as many settings, by the percentile of runs that are no others:
SGD among rates, clipped SGD among rates and thresholds c. New runs judge the setting that is chosen.
"""

from collections.abc import Callable
from itertools import product
from typing import Annotated, Literal

import numpy as np
from numpy.random import Generator
from scipy.special import expit
from scipy.stats import levy_stable

from runner.parts.calculations._logistic import logistic

METRICS = {
    "log_tail": ("lower", "(-inf, inf)", "nats"),  # logarithm of the 99th percentile over runs of the last loss
    "log_median": ("lower", "(-inf, inf)", "nats"),
}
EXAMPLES = 100  # of logistic regression
TAIL = 0.99
RATES, THRESHOLDS = (1e-3, 1.0), (0.1, 100.0)  # the ends of what is tried
Array = np.ndarray
Losses = Callable[[Array], Array]  # of places (..., d): losses (...), or gradients (..., d)


def clipped_steps(
    draws: Generator,
    *,
    method: Literal["clipped", "sgd"],
    problem: Literal["quadratic", "logistic"],
    alpha: Annotated[float, "(1, 2]"],
    features: Annotated[int, "[2, 1000]"],
    steps: Annotated[int, "[1, 100000]"],
    runs: Annotated[int, "[2, 10000]"],
    rates: Annotated[int, "[2, 100]"],
    thresholds: Annotated[int, "[2, 100]"],
) -> dict[str, float]:
    """The tail and the median of the last loss over `runs`, of the best of rates times thresholds settings."""
    instance, *noises = draws.spawn(3)
    loss, gradient, minimum = (quadratic if problem == "quadratic" else classification)(instance, features)
    start = minimum + instance.normal(size=features)
    tuning, judging = (levy_stable.rvs(alpha, 0.0, size=(steps, runs, features), random_state=each) for each in noises)
    tried = settings(method, rates, thresholds)
    tails = np.quantile(loss(descended(gradient, start, tuning, *tried)), TAIL, axis=1)
    chosen = int(tails.argmin())
    last = loss(descended(gradient, start, judging, *(each[[chosen]] for each in tried)))
    return {"log_tail": float(np.log(np.quantile(last, TAIL))), "log_median": float(np.log(np.median(last)))}


def settings(method: str, rates: int, thresholds: int) -> tuple[Array, Array]:
    """Rates (S,) and thresholds (S,), which are infinite for SGD; as many settings of either method."""
    if method == "sgd":
        return np.geomspace(*RATES, rates * thresholds), np.full(rates * thresholds, np.inf)
    pairs = np.array(list(product(np.geomspace(*RATES, rates), np.geomspace(*THRESHOLDS, thresholds))))
    return pairs[:, 0], pairs[:, 1]


def descended(gradient: Losses, start: Array, noise: Array, rates: Array, thresholds: Array) -> Array:
    """Places (S, R, d) after steps from `start` (d,), with noise (T, R, d) and settings (S,)."""
    place = np.broadcast_to(start, (len(rates), *noise.shape[1:]))
    for each in noise:
        place = place - rates[:, None, None] * clipped(gradient(place) + each, thresholds[:, None, None])
    return place


def clipped(gradients: Array, threshold: Array | float) -> Array:
    """Gradients (..., d) whose length is at most the threshold, in their direction."""
    return gradients * np.minimum(1.0, threshold / np.linalg.norm(gradients, axis=-1, keepdims=True))


def quadratic(draws: Generator, features: int) -> tuple[Losses, Losses, Array]:
    """A loss, its gradient, and where its minimum of 0 is."""
    curvatures, minimum = np.geomspace(0.1, 1.0, features), draws.normal(size=features)
    return (
        lambda place: ((place - minimum) ** 2 @ curvatures) / 2,
        lambda place: (place - minimum) * curvatures,
        minimum,
    )


def classification(draws: Generator, features: int) -> tuple[Losses, Losses, Array]:
    """The mean cross-entropy of a data set less its minimum, its gradient, and where its minimum is."""
    x, true = draws.normal(size=(EXAMPLES, features)), draws.normal(size=features)
    labels = (draws.uniform(size=EXAMPLES) < expit(x @ true)).astype(float)
    minimum = logistic(x, labels)

    def cross_entropy(place: Array) -> Array:
        logits = place @ x.T
        return np.asarray(np.mean(np.logaddexp(0, logits) - labels * logits, axis=-1))

    least = cross_entropy(minimum)
    return (
        lambda place: cross_entropy(place) - least,
        lambda place: (expit(place @ x.T) - labels) @ x / EXAMPLES,
        minimum,
    )
