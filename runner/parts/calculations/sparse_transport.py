"""Transport of which each column of the plan has at most k entries (Liu, Puigcerver and Blondel, "Sparsity-Constrained
Optimal Transport", ICLR 2023), beside plain quadratic regularization, of n points to m points that weigh alike.

    max over alpha of  a alpha - sum_j b_j Omega*((alpha - c_j) / b_j)
    Omega*(s) = max <s, t> - gamma b / 2 |t|^2  over t >= 0 with sum 1 and at most k entries

Column j of the plan is b_j t_j. t_j is found in the k largest entries of alpha - c_j by projection onto the simplex.
With k = n it is quadratic optimal transport, and with k = 1 the semi-dual of transport without regularization, and
gamma b_j^2 / 2 more for each column. Omega* is `max_Omega` of POT's `smooth.SparsityConstrained`. The objective is
concave and, where k < n, has no gradient at ties. L-BFGS takes at most a fixed number of iterations.

Points are normal in two dimensions, the second lot shifted by 1, and costs are |x - y|^2.
"""

from typing import Annotated

import numpy as np
from numpy.random import Generator
from scipy.optimize import minimize
from scipy.spatial.distance import cdist

Array = np.ndarray
METRICS = {
    "most_in_a_column": ("lower", "[0, inf)", "entries"),  # the largest number over columns
    "mean_in_a_column": ("lower", "[0, inf)", "entries"),
    "row_error": ("lower", "[0, 2]", ""),  # sum of |rows - a|
    "cost": ("lower", "[0, inf)", ""),  # <P, C>
}


def sparse_transport(
    draws: Generator,
    *,
    k: Annotated[int, "[1, 10000]"],
    gamma: Annotated[float, "(0, inf)"],
    n: Annotated[int, "[2, 2000]"],
    m: Annotated[int, "[2, 2000]"],
    iterations: Annotated[int, "[1, 100000]"],
) -> dict[str, float]:
    """How many entries columns of the plan have, how far its rows are from what they are to be, and what it costs.

    Args:
        k: the most entries of a column; n or more: no limit.
        gamma: of the square of a column, over its mass.
        iterations: of L-BFGS, at most.
    """
    x, y = draws.normal(size=(n, 2)), draws.normal(size=(m, 2)) + 1.0
    cost, a, b = cdist(x, y, "sqeuclidean"), np.full(n, 1 / n), np.full(m, 1 / m)

    def loss(alpha: Array) -> tuple[float, Array]:
        value, plan = semi_dual(alpha, cost, a, b, gamma, k)
        return -value, plan.sum(axis=1) - a

    found = minimize(loss, np.zeros(n), jac=True, method="L-BFGS-B", options={"maxiter": iterations})
    _, plan = semi_dual(found.x, cost, a, b, gamma, k)
    entries = (plan > 0).sum(axis=0)
    return {
        "most_in_a_column": float(entries.max()),
        "mean_in_a_column": float(entries.mean()),
        "row_error": float(np.abs(plan.sum(axis=1) - a).sum()),
        "cost": float((plan * cost).sum()),
    }


def semi_dual(alpha: Array, cost: Array, a: Array, b: Array, gamma: float, k: int) -> tuple[float, Array]:
    """The objective at potentials (n,), and its plan (n, m), for costs (n, m) and masses (n,) and (m,).

    The gradient is a less the plan's rows.

    >>> semi_dual(np.zeros(2), np.array([[0.0], [1.0]]), np.ones(2) / 2, np.ones(1), 1.0, 1)    # all to the nearest
    (0.5, array([[1.],
           [0.]]))
    """
    gains = alpha[:, None] - cost
    shares = largest_on_simplex(gains / (gamma * b), k)
    plan = b * shares
    conjugate = (gains * shares).sum(axis=0) - gamma * b / 2 * (shares**2).sum(axis=0)
    return float(a @ alpha - b @ conjugate), plan


def largest_on_simplex(points: Array, k: int) -> Array:
    """(n, m): the nearest of shares >= 0 that sum to 1, at most k of them, to each column of points (n, m).

    Of equal entries the first come first.
    """
    order = np.argsort(-points, axis=0, kind="stable")[:k]
    top = np.take_along_axis(points, order, axis=0)
    counts = np.arange(1, len(top) + 1)[:, None]
    beyond = (np.cumsum(top, axis=0) - 1) / counts
    used = (top > beyond).sum(axis=0, keepdims=True)
    kept = np.maximum(top - np.take_along_axis(beyond, used - 1, axis=0), 0.0)
    shares = np.zeros_like(points)
    np.put_along_axis(shares, order, kept, axis=0)
    return shares
