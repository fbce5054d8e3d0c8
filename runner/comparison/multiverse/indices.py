"""Sobol indices of functions on a full grid: which share of the variance comes from which factor."""

import numpy as np
from numpy.typing import ArrayLike

from runner.statistics.values import Array


def sobol(values: ArrayLike) -> tuple[Array, Array]:
    """First-order and total indices (D, F) of functions with values (D, L_1, ..., L_F), whose places count alike.

    First-order: Var(E[f | x_i]) / Var(f), what the factor explains by itself. Total: 1 - Var(E[f | all but x_i]) /
    Var(f), what nothing else explains. Both are exact, and nan where all values are equal. (Sobol, "Sensitivity
    Estimates for Nonlinear Mathematical Models", 1993; Homma and Saltelli, "Importance Measures in Global Sensitivity
    Analysis", 1996.)

    >>> first, total = sobol([[[0.0, 1.0], [1.0, 0.0]]])  # each factor is nothing without the other
    >>> first.tolist(), total.tolist()
    ([[0.0, 0.0]], [[1.0, 1.0]])
    """
    found = np.asarray(values, dtype=np.float64)
    factors = range(1, found.ndim)
    flat = found.reshape(len(found), -1)
    all_equal = np.ptp(flat, axis=1) <= 1e-12 * np.abs(flat).max(axis=1)
    variance = np.where(all_equal, np.nan, flat.var(axis=1))
    others = [tuple(axis for axis in factors if axis != own) for own in factors]
    alone = [found.mean(axis=its).var(axis=1) for its in others]
    without = [found.mean(axis=own).reshape(len(found), -1).var(axis=1) for own in factors]
    return np.stack(alone, -1) / variance[:, None], 1 - np.stack(without, -1) / variance[:, None]
