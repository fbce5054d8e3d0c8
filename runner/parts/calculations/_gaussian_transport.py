"""What transport between two centred Gaussians comes to, in closed form: its cost, its map, its entropic plan, and
rectified flow; and how far samples are from it.

A plan between N(0, A) and N(0, B) that is Gaussian is told by its cross-covariance E[x y'].
"""

import numpy as np
from numpy.random import Generator
from scipy.integrate import solve_ivp
from scipy.linalg import solve_continuous_lyapunov
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

Array = np.ndarray
EXACT = {"method": "DOP853", "rtol": 1e-11, "atol": 1e-12}


def drawn_covariance(draws: Generator, features: int, spread: float) -> Array:
    """A covariance (d, d) in a random direction, with eigenvalues from 1 / spread to spread, uniform in logarithm."""
    turn, _ = np.linalg.qr(draws.normal(size=(features, features)))
    values = np.exp(draws.uniform(-np.log(spread), np.log(spread), size=features))
    return np.asarray(turn * values @ turn.T)


def root(covariance: Array) -> Array:
    """The symmetric root of a covariance (d, d); what rounding makes negative counts as 0."""
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    return np.asarray(vectors * np.sqrt(values.clip(0)) @ vectors.T)


def w2_squared(cov0: Array, cov1: Array, shift: Array | float = 0.0) -> float:
    """W_2^2 for |x - y|^2, of Gaussians whose means are `shift` apart: the distance of Bures and Wasserstein."""
    half = root(cov0)
    bures = np.trace(cov0) + np.trace(cov1) - 2 * np.trace(root(half @ cov1 @ half))
    return float(np.sum(np.square(shift)) + bures)


def optimal_map(cov0: Array, cov1: Array) -> Array:
    """T (d, d): y = T x is the optimal map. A has full rank."""
    half = root(cov0)
    inverse = np.linalg.inv(half)
    return np.asarray(inverse @ root(half @ cov1 @ half) @ inverse)


def entropic_cross(cov0: Array, cov1: Array, eps: float) -> Array:
    """E[x y'] (d, d) of the plan that minimizes E|x - y|^2 / 2 - eps H(plan): Janati et al., "Entropic Optimal
    Transport between Unbalanced Gaussian Measures has a Closed Form", NeurIPS 2020. eps = 0: that of the map."""
    half = root(cov0)
    middle = root(half @ cov1 @ half + eps**2 / 4 * np.eye(len(cov0)))
    return np.asarray(half @ middle @ np.linalg.inv(half) - eps / 2 * np.eye(len(cov0)))


def joint(cov0: Array, cov1: Array, cross: Array) -> Array:
    """The covariance (2d, 2d) of x and y together."""
    return np.block([[cov0, cross], [cross.T, cov1]])


def moments_along(cov0: Array, cov1: Array, cross: Array, t: float) -> tuple[Array, Array]:
    """Of x_t = (1 - t) x + t y: its covariance, and E[(y - x) x_t'], each (d, d)."""
    both = cross + cross.T
    covariance = (1 - t) ** 2 * cov0 + t * (1 - t) * both + t**2 * cov1
    return covariance, (1 - t) * (cross.T - cov0) + t * (cov1 - cross)


def drift(cov0: Array, cov1: Array, cross: Array, t: float, gradient: bool = False) -> Array:
    """D (d, d): rectified flow moves x_t by D x_t, E[y - x | x_t]; with `gradient`, the symmetric D that is nearest
    to y - x in the mean square, since the gradient of a function that is to be linear has a symmetric D."""
    covariance, moved = moments_along(cov0, cov1, cross, t)
    if gradient:
        return np.asarray(solve_continuous_lyapunov(covariance, moved + moved.T))
    return np.asarray(moved @ np.linalg.inv(covariance))


def rectified_map(cov0: Array, cov1: Array, cross: Array, gradient: bool = False) -> Array:
    """M (d, d): rectified flow moves x at t = 0 to M x at t = 1. M A M' = B whichever coupling it begins with."""
    size = len(cov0)

    def slope(t: float, flat: Array) -> Array:
        return np.asarray(drift(cov0, cov1, cross, t, gradient) @ flat.reshape(size, size)).ravel()

    return np.asarray(solve_ivp(slope, (0.0, 1.0), np.eye(size).ravel(), **EXACT).y[:, -1]).reshape(size, size)


def map_cost(matrix: Array, cov0: Array) -> float:
    """E|x - M x|^2."""
    off = np.eye(len(cov0)) - matrix
    return float(np.trace(off @ cov0 @ off.T))


def bures_uvp(samples: Array, covariance: Array, mean: Array | float = 0.0) -> float:
    """Unexplained variance of samples (N, d) by their first two moments, in percent: 100 W_2^2 between Gaussians of
    these moments and of the true ones, over the true variance. 0 where moments are right.

    So computes the released code of Mokrov et al., "Energy-guided Entropic Neural Optimal Transport", ICLR 2024. Where
    the measure is from, Korotin et al., "Wasserstein-2 Generative Networks", ICLR 2021, it is over half of that
    (unconfirmed), and so twice as large.
    """
    found = np.atleast_2d(np.cov(samples, rowvar=False))
    return 100 * max(w2_squared(found, covariance, samples.mean(axis=0) - mean), 0.0) / float(np.trace(covariance))


def assigned(x: Array, y: Array) -> Array:
    """Places (N,) in y (N, d) that optimal transport of x (N, d) goes to, for |x - y|^2."""
    return np.asarray(linear_sum_assignment(cdist(x, y, "sqeuclidean"))[1])


def sample_w2(x: Array, y: Array) -> float:
    """W_2 between as many points (N, d) as points (N, d)."""
    return float(np.sqrt(np.mean(np.sum((x - y[assigned(x, y)]) ** 2, axis=1))))
