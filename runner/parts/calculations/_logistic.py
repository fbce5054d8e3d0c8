"""Logistic regression to its minimum, and what a linear classifier is worth where the classes are two Gaussians."""

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

Array = np.ndarray
RIDGE = 1e-6  # with which data that a plane separates have a minimum too
PRECISE = {"maxiter": 2000, "gtol": 1e-9, "ftol": 1e-15}


def logistic(x: Array, targets: Array) -> Array:
    """The w (d,) of the least mean cross-entropy of targets in [0, 1] (n,) and sigmoid(x w), x (n, d), plus
    RIDGE |w|^2 / 2."""

    def loss(w: Array) -> tuple[float, Array]:
        logits = x @ w
        value = np.mean(np.logaddexp(0, logits) - targets * logits) + RIDGE * (w @ w) / 2
        return float(value), x.T @ (expit(logits) - targets) / len(x) + RIDGE * w

    return np.asarray(minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B", options=PRECISE).x)


def gaussian_root(draws: np.random.Generator, size: int, spread: float) -> Array:
    """A matrix R (d, d) of which R R' has eigenvectors at random, and eigenvalues exp(u) with u from
    [-spread, spread]."""
    directions = np.linalg.qr(draws.normal(size=(size, size)))[0]
    return directions * np.exp(draws.uniform(-spread, spread, size=size) / 2)
