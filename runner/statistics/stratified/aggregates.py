"""One number for the runs (P, n) of all problems, with its interval: means, medians, interquartile means, gaps."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from runner.statistics.stratified.resampled import resampled
from runner.statistics.values import Array

Aggregate = Callable[[Array], Array]  # of runs (..., P, n), to (...)


def mean_of_means(runs: Array) -> Array:
    """Mean over problems of the means (..., P, n) over seeds."""
    return np.asarray(runs.mean(axis=-1).mean(axis=-1))


def median_of_means(runs: Array) -> Array:
    """Median over problems of the means (..., P, n) over seeds."""
    return np.asarray(np.median(runs.mean(axis=-1), axis=-1))


def interquartile_mean(runs: Array) -> Array:
    """Mean of all runs (..., P, n) without the lowest and the highest quarter, whose size is rounded down.

    >>> float(interquartile_mean(np.array([[0.0, 1.0, 2.0, 3.0, 100.0]])))
    2.0
    """
    from scipy import stats

    return np.asarray(stats.trim_mean(runs.reshape(*runs.shape[:-2], -1), 0.25, axis=-1))


def optimality_gap(target: float) -> Aggregate:
    """How much runs (..., P, n) lack in the mean to a target that is good enough, gamma: more than that is no gain.

    >>> float(optimality_gap(1.0)(np.array([[0.5, 0.75], [1.0, 9.0]])))
    0.1875
    """
    return lambda runs: np.asarray(target - np.minimum(runs, target).mean(axis=(-2, -1)))


def aggregate(of: Aggregate, runs: ArrayLike) -> float:
    """Of runs (P, n); nan where there are none, or one of them is."""
    found = np.asarray(runs, dtype=np.float64)
    return float(of(found)) if found.size and np.isfinite(found).all() else math.nan


def aggregate_interval(of: Aggregate, runs: ArrayLike, level: float = 0.95) -> tuple[float, float]:
    """Bounds of an aggregate of runs (P, n): stratified percentile bootstrap, 2,000 resamples.

    A little too narrow for few seeds, as percentiles are (docs/results/simulate.md). nan for P = 0, n < 2, and where
    one of the runs is.

    >>> runs = [[0.8, 0.9, 1.0], [0.1, 0.2, 0.3]]
    >>> low, high = aggregate_interval(interquartile_mean, runs)
    >>> low < aggregate(interquartile_mean, runs) < high
    True
    """
    found = np.asarray(runs, dtype=np.float64)
    if not len(found) or found.shape[1] < 2 or not np.isfinite(found).all():
        return math.nan, math.nan
    low, high = np.quantile(of(resampled(found)), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
