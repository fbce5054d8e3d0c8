"""Gradient descent in matrix sensing is slowed down by a rank in excess: with k columns for a matrix of rank r < k, the
squared error falls no faster than 1 / T^2 in T steps; with k = r it falls exponentially (Xiong, Ding and Du, How
Over-Parameterization Slows Down Gradient Descent in Matrix Sensing, ICLR 2024).

A matrix n x n of rank r, M Gaussian measurements without noise, a start from N(0, init^2), a constant step.
"""

from typing import Annotated

import numpy as np
from numpy.random import Generator

from runner.parts.calculations._matrix_sensing import Array, Sensing, frobenius, gaussian_matrices, low_rank

METRICS = {
    "log10_squared_error": ("lower", "[-40, 40]", "decades"),
    "error_exponent": ("higher", "(-inf, inf)", "slope of log error over log steps"),
}
SMALLEST = 1e-20  # of an error: float64 sees nothing below it


def excess_rank(
    draws: Generator,
    *,
    size: Annotated[int, "[2, 100]"],
    rank: Annotated[int, "[1, 100]"],
    columns: Annotated[int, "[1, 100]"],
    measurements: Annotated[int, "[1, 10000]"],
    steps: Annotated[int, "[2, 1000000]"],
    lr: Annotated[float, "(0, 1]"],
    init: Annotated[float, "(0, 1]"],
) -> dict[str, float]:
    """The squared error after all steps, by the square of X, and the power of steps by which it fell since half."""
    problem, start = draws.spawn(2)
    x = low_rank(problem, size, rank)
    matrices = gaussian_matrices(problem, measurements, size)
    sensing = Sensing(matrices, np.einsum("mij,ij->m", matrices, x))
    half = descended(sensing, init * start.normal(size=(size, columns)), lr, steps // 2)
    last = descended(sensing, half, lr, steps - steps // 2)
    early, late = (2 * np.log10(max(frobenius(u, x), SMALLEST)) for u in (half, last))
    exponent = (late - early) / np.log10(steps / (steps // 2))
    return {"log10_squared_error": float(late), "error_exponent": float(exponent)}


def descended(sensing: Sensing, u: Array, lr: float, steps: int) -> Array:
    """U (n, k) after so many steps on the squared loss."""
    for _ in range(steps):
        u = u - lr * sensing.square_gradient(u)
    return u
