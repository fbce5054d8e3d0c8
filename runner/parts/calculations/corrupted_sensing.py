"""The sub-gradient method on the absolute loss finds a low-rank matrix in spite of gross errors in its measurements and
columns in excess, as near as its start was to zero and however large the errors; gradient descent on the squared loss
does not (Ma and Fattahi, Global Convergence of Sub-gradient Method for Robust Matrix Recovery, JMLR 2023).

A matrix n x n of rank r, M Gaussian measurements of which a share has N(0, noise^2) added, a start from N(0, init^2).
Both losses go with the same steps, lr decay^t, along the plain gradient; the paper leaves constants open.
"""

from typing import Annotated, Literal

import numpy as np
from numpy.random import Generator

from runner.parts.calculations._matrix_sensing import Sensing, frobenius, gaussian_matrices, low_rank

METRICS = {"log10_error": ("lower", "[-40, 40]", "decades")}
SMALLEST = 1e-20  # of an error: float64 sees nothing below it


def corrupted_sensing(
    draws: Generator,
    *,
    loss: Literal["absolute", "square"],
    columns: Annotated[int, "[1, 100]"],
    corrupted: Annotated[float, "[0, 1]"],
    noise: Annotated[float, "[0, 1000]"],
    log10_init: Annotated[float, "[-12, 0]"],
    lr: Annotated[float, "(0, 1]"],
    decay: Annotated[float, "(0, 1]"],
    steps: Annotated[int, "[1, 1000000]"],
    size: Annotated[int, "[2, 100]"],
    rank: Annotated[int, "[1, 100]"],
    measurements: Annotated[int, "[1, 10000]"],
) -> dict[str, float]:
    """The distance of U U' from X after all steps, by the size of X."""
    problem, errors, start = draws.spawn(3)
    x = low_rank(problem, size, rank)
    matrices = gaussian_matrices(problem, measurements, size)
    wrong = errors.permutation(measurements) < corrupted * measurements
    added = wrong * noise * errors.normal(size=measurements)
    sensing = Sensing(matrices, np.einsum("mij,ij->m", matrices, x) + added)
    gradient = sensing.absolute_gradient if loss == "absolute" else sensing.square_gradient
    u = 10**log10_init * start.normal(size=(size, columns))
    for step in range(steps):
        u = u - lr * decay**step * gradient(u)
    return {"log10_error": float(np.log10(max(frobenius(u, x), SMALLEST)))}
