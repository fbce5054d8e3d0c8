"""More is better: where the ridge is the best one, the test error of regression on random features falls with more
examples and with more features; and without noise the best ridge fits the training data far better than the test data
(Simon et al., More is Better in Modern Machine Learning, ICLR 2024; from memory: a theorem for features that behave as
Gaussian ones, and the statement on the fit for targets whose coefficients fall as a power).

Features are relu(x w) of k normal w. Ridge regression on them, without intercept, is solved in closed form for all
ridges of a grid by one singular value decomposition. The best ridge is the one of the least test error, as in the
theorem: what is reported is what the best choice gives, not what a validation set would choose.
"""

from typing import Annotated, Literal

import numpy as np
from numpy.random import Generator

from runner.parts.calculations._digits import digits

METRICS = {
    "error": ("lower", "[0, inf)", "squared error"),
    "fit_ratio": ("lower", "[0, inf)", "of the test error"),
    "ridge": ("lower", "[0, inf)", ""),
}
DIGITS = 898  # images from which the training ones are taken; all others test
INPUTS, POWER, TESTED = 100, 1.5, 1000  # of the problem power_law
RIDGES = np.logspace(-8, 2, 41)
Array = np.ndarray
Data = tuple[Array, Array]  # x (N, d), and targets (N,)


def random_features(
    draws: Generator,
    *,
    problem: Literal["power_law", "digits"],
    features: Annotated[int, "[1, 10000]"],
    samples: Annotated[int, "[2, 10000]"],
    noise: Annotated[float, "[0, 10]"],
) -> dict[str, float]:
    """Of the ridge with the least test error: that error, the training error as a share of it, and the ridge.

    Args:
        problem: power_law has linear targets of Gaussian inputs whose variances fall as a power of their place; digits
            has 1 for images of 0 to 4, and -1 for those of 5 to 9.
        samples: for training; the first so many of 898 digits.
        noise: standard deviation of what is added to the targets, whose mean square is 1, in training and in test.
    """
    data, weights, added = draws.spawn(3)
    train, test = _power_law(data, samples) if problem == "power_law" else _digits(data, samples)
    directions = weights.normal(size=(train[0].shape[1], features)) * np.sqrt(2 / features)
    seen, unseen = (
        targets + noise * each.normal(size=len(targets))
        for each, (_, targets) in zip(added.spawn(2), (train, test), strict=True)
    )
    fitted, predicted = regressions(relu(train[0] @ directions), seen, relu(test[0] @ directions))
    errors = np.mean((predicted - unseen) ** 2, axis=1)
    best = int(errors.argmin())
    ratio = np.mean((fitted[best] - seen) ** 2) / errors[best]
    return {"error": float(errors[best]), "fit_ratio": float(ratio), "ridge": float(RIDGES[best])}


def relu(x: Array) -> Array:
    return np.maximum(x, 0.0)


def regressions(train: Array, targets: Array, test: Array) -> tuple[Array, Array]:
    """What ridge regression on features (N, k) predicts of both parts, (R, N) and (R, M), with each of RIDGES.

    The weights have the least |train w - targets|^2 + ridge |w|^2.
    """
    u, s, vt = np.linalg.svd(train, full_matrices=False)
    along = (u.T @ targets) * s / (s**2 + RIDGES[:, None])
    return (along * s) @ u.T, along @ (vt @ test.T)


def _power_law(draws: Generator, samples: int) -> tuple[Data, Data]:
    """Inputs of mean square 1, and targets that are the same linear function of both parts."""
    variances = np.arange(1, INPUTS + 1.0) ** -POWER
    teacher, *parts = draws.spawn(3)
    weights = teacher.normal(size=INPUTS)
    scale = np.sqrt(weights**2 @ variances)
    xs = [each.normal(size=(n, INPUTS)) * np.sqrt(variances) for each, n in zip(parts, (samples, TESTED), strict=True)]
    return tuple((x / np.sqrt(variances.sum()), x @ weights / scale) for x in xs)  # type: ignore[return-value]


def _digits(draws: Generator, samples: int) -> tuple[Data, Data]:
    """Images of length 1."""
    parts = [(x.numpy(), np.where(y.numpy() < 5, 1.0, -1.0)) for x, y in digits(draws, DIGITS)]
    (x, y), test = [(x / np.linalg.norm(x, axis=1, keepdims=True), y) for x, y in parts]
    return (x[:samples], y[:samples]), test
