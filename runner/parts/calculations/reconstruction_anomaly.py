"""Outliers among images of one digit, found by how badly an autoencoder reconstructs them, with or without a variance
for each pixel and a shift of what is compared towards its neighbours (Tan, Yang, Chen, Rahardja and Rahardja, MSS-PAE:
Saving Autoencoder-based Outlier Detection from Unexpected Reconstruction, arXiv 2304.00709).

The autoencoder gives a mean and the logarithm of a variance of each pixel, and the error of x is, summed over pixels,
a (x - mean)^2 / variance + b log variance. With a = b = 1 it is the likelihood. The mean square error is that of
variances of 1. A variance is at least e^-4, for some pixels are blank in nearly all images of a digit.

A round of mean shift puts the mean of k neighbours, without itself, in the place of each example. Where the score is
shifted, the reconstruction of x is compared with the shifted x, which is how we read the paper (unconfirmed: we saw
its abstract and no program). All examples, outliers too, are trained on without labels, and scored. Sizes are ours,
and were chosen on other seeds than those of any claim.
"""

from typing import Annotated, Literal

import numpy as np
import torch
from numpy.random import Generator
from sklearn.ensemble import IsolationForest
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.neighbors import LocalOutlierFactor, NearestNeighbors
from torch import Tensor

from runner.parts.calculations._network import Network, descend, tensor
from runner.parts.calculations._normal_digit import normal_digit

Array = np.ndarray
METRICS = {"auroc": ("higher", "[0, 1]", "share"), "average_precision": ("higher", "[0, 1]", "share")}
ALONE = 140  # images of the digit beyond as many as there are outliers
LR = 0.003
FLOOR = -4.0  # of the logarithm of a variance


def reconstruction_anomaly(
    draws: Generator,
    *,
    detector: Literal["probabilistic", "square", "isolation_forest", "local_outlier_factor", "neighbours"],
    a: Annotated[float, "(0, inf)"],
    b: Annotated[float, "[0, inf)"],
    rounds: Annotated[int, "[0, 100]"],
    k: Annotated[int, "[1, 100]"],
    width: Annotated[int, "[1, 1000]"],
    code: Annotated[int, "[1, 64]"],
    steps: Annotated[int, "[1, 100000]"],
) -> dict[str, float]:
    """How well scores tell outliers, about 40 among 180 images of the digit.

    Args:
        a: of the error over its variance, of the probabilistic autoencoder alone; so is `b`, of the log variance.
        rounds: of mean shift, of what both autoencoders are scored against; 0 scores against x.
        k: neighbours, of mean shift, of the local outlier factor, and of the mean distance to neighbours.
        width: of the layers before and after the code, of tanh.
    """
    digit, start = draws.spawn(2)
    most, rest, normal = normal_digit(digit, ALONE)
    x, outlier = np.concatenate([most, rest]), np.concatenate([np.zeros(len(most), bool), ~normal])
    if detector in ("probabilistic", "square"):
        weights = (a, b) if detector == "probabilistic" else None
        network = Network(start, [64, width, code, width, 128], ["tanh"] * 3)
        score = reconstructed(network, tensor(x), tensor(shifted(x, k, rounds)), weights, steps)
    else:
        score = compared(detector, x, k, int(start.integers(2**31)))
    return {
        "auroc": float(roc_auc_score(outlier, score)),
        "average_precision": float(average_precision_score(outlier, score)),
    }


def error(x: Tensor, mean: Tensor, log_variance: Tensor, a: float, b: float) -> Tensor:
    """Of x, mean and log_variance (N, D), summed over D: (N,)."""
    return (a * (x - mean).square() * (-log_variance).exp() + b * log_variance).sum(1)


def reconstructed(
    network: Network, x: Tensor, target: Tensor, weights: tuple[float, float] | None, steps: int
) -> Array:
    """The error (N,) against `target` of an autoencoder trained on x; without weights variances are 1."""

    def errors(wanted: Tensor) -> Tensor:
        mean, log_variance = network(x).chunk(2, dim=1)
        if weights is None:
            return error(wanted, mean, torch.zeros_like(mean), 1.0, 0.0)
        return error(wanted, mean, log_variance.clamp(min=FLOOR), *weights)

    optimizer = torch.optim.Adam(network.parameters(), lr=LR)
    for _ in range(steps):
        descend(optimizer, errors(x).mean())
    with torch.no_grad():
        return np.asarray(errors(target).numpy())


def shifted(x: Array, k: int, rounds: int) -> Array:
    """x (N, D) after rounds of mean shift: each becomes the mean of its k nearest others."""
    for _ in range(rounds):
        x = x[nearest(x, k)[1]].mean(1)
    return x


def nearest(x: Array, k: int) -> tuple[Array, Array]:
    """Distances and places (N, k) of the k nearest others."""
    distance, place = NearestNeighbors(n_neighbors=k).fit(x).kneighbors()
    return distance, place


def compared(detector: str, x: Array, k: int, seed: int) -> Array:
    """Scores (N,) of scikit-learn's detectors, the higher the stranger."""
    if detector == "isolation_forest":
        return np.asarray(-IsolationForest(random_state=seed).fit(x).score_samples(x))
    if detector == "local_outlier_factor":
        return np.asarray(-LocalOutlierFactor(n_neighbors=k).fit(x).negative_outlier_factor_)
    return np.asarray(nearest(x, k)[0].mean(1))
