"""A performance profile with a band: the share of runs above each threshold."""

import numpy as np
from numpy.typing import ArrayLike

from runner.statistics.stratified.resampled import counts
from runner.statistics.values import Array


def share_above(runs: ArrayLike, thresholds: ArrayLike) -> Array:
    """(T,) share of all runs (P, n) above thresholds (T,): the run-score distribution of Agarwal et al. (2021).

    >>> share_above([[0.1, 0.5], [0.9, 0.7]], [0.0, 0.5, 0.9]).tolist()
    [1.0, 0.5, 0.0]
    """
    return np.asarray(_above(runs, thresholds).mean(axis=0))


def band_above(runs: ArrayLike, thresholds: ArrayLike, level: float = 0.95) -> tuple[Array, Array]:
    """(T,) and (T,): bounds of each share by itself, and not of the whole profile: stratified percentile bootstrap."""
    above = _above(runs, thresholds)
    shares = counts(*np.shape(runs)).reshape(-1, len(above)) @ above / len(above)
    low, high = np.quantile(shares, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return low, high


def _above(runs: ArrayLike, thresholds: ArrayLike) -> Array:
    """(P n, T): 1 where a run is above a threshold, else 0."""
    return np.greater.outer(np.ravel(runs), np.asarray(thresholds)).astype(np.float64)
