"""Entropy and mutual information from distances to nearest neighbours, without a model, in nats."""

from math import lgamma, log, pi

import numpy as np

from runner.statistics.values import Array


def entropy(x: Array, k: int = 3) -> float:
    """That of Kozachenko and Leonenko, 1987: psi(n) - psi(k) + log V_d + d mean log r_k.

    r_k is the Euclidean distance of a point to its k-th neighbour, V_d the volume of the unit ball. It has no weights;
    the form of Berrett, Samworth and Yuan, Annals of Statistics 2019, has.

    Args:
        x: (n, d), no two points alike.
        k: at least 1, below n.
    """
    from scipy.special import digamma

    n, d = x.shape
    volume = d / 2 * log(pi) - lgamma(d / 2 + 1)
    return float(digamma(n) - digamma(k) + volume + d * np.log(_distance(x, k, 2)).mean())


def information(x: Array, y: Array, k: int = 3) -> float:
    """The first estimate of Kraskov, Stoegbauer and Grassberger, Physical Review E 2004, arXiv:cond-mat/0305641.

    psi(k) + psi(n) - mean(psi(n_x + 1) + psi(n_y + 1)); n_x counts the other points whose first halves are nearer than
    the k-th neighbour of the pair, where the distance of pairs is the largest of a coordinate. It may be negative, and
    is far too small where there are many dimensions or much information.

    Args:
        x, y: (n, d) and (n, e), halves of n pairs, no two pairs alike. Scales count: bring columns to one deviation.
        k: at least 1, below n.
    """
    from scipy.spatial import cKDTree
    from scipy.special import digamma

    within = np.nextafter(_distance(np.hstack([x, y]), k, np.inf), 0)  # nearer, not as near
    counts = [cKDTree(half).query_ball_point(half, within, p=np.inf, return_length=True) for half in (x, y)]
    return float(digamma(k) + digamma(len(x)) - sum(digamma(count).mean() for count in counts))  # each counts itself


def _distance(x: Array, k: int, norm: float) -> Array:
    """(n,) of each point to its k-th neighbour."""
    from scipy.spatial import cKDTree

    found: Array = cKDTree(x).query(x, [k + 1], p=norm)[0][:, 0]
    return found
