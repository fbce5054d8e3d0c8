"""Matrix sensing: find a symmetric matrix X of low rank as U U' from M measurements b_i = <A_i, X>.

The A_i are symmetrised matrices of N(0, 1) entries, so that the mean of <A_i, D> A_i is D for a symmetric D.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

Array = np.ndarray


@dataclass(frozen=True)
class Sensing:
    """Matrices A (M, n, n) and what was measured with them, b (M,)."""

    matrices: Array
    measured: Array

    def residual(self, u: Array) -> Array:
        """<A_i, U U'> - b_i (M,) of U (n, k)."""
        flat = self.matrices.reshape(len(self.matrices), -1)
        return flat @ (u @ u.T).ravel() - self.measured

    def along(self, weights: Array, u: Array) -> Array:
        """The mean of weights_i A_i U (n, k)."""
        n = len(u)
        return (weights @ self.matrices.reshape(-1, n * n)).reshape(n, n) @ u / len(weights)

    def square_gradient(self, u: Array) -> Array:
        """Of the squared loss, the sum of residual_i^2 / (4 M)."""
        return self.along(self.residual(u), u)

    def absolute_gradient(self, u: Array) -> Array:
        """A sub-gradient of the absolute loss, the sum of |residual_i| / (2 M)."""
        return self.along(np.sign(self.residual(u)), u)


def low_rank(draws: Generator, size: int, rank: int) -> Array:
    """X (n, n): directions at random, and `rank` eigenvalues from [0.5, 1]."""
    directions = np.linalg.qr(draws.normal(size=(size, rank)))[0]
    return (directions * draws.uniform(0.5, 1.0, size=rank)) @ directions.T


def gaussian_matrices(draws: Generator, count: int, size: int) -> Array:
    """A (M, n, n)."""
    plain = draws.normal(size=(count, size, size))
    return (plain + plain.transpose(0, 2, 1)) / 2


def frobenius(u: Array, x: Array) -> float:
    """The error of U (n, k), by the size of X: |U U' - X| / |X|."""
    return float(np.linalg.norm(u @ u.T - x) / np.linalg.norm(x))
