"""Several objectives over several problems: performance profiles and interquartile means.

Scores are as in ranks.py.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from runner.statistics.values import SAME, SEED, Array, checked

RESAMPLES = 2_000


def performance_profile(scores: ArrayLike, thresholds: ArrayLike) -> Array:
    """(O, T) share of problems on which an objective is within each threshold (T,) of the best of that problem.

    Dolan & More (2002) take ratios of run times; for accuracies the field takes the gap, best minus own, as is done
    here, in the unit of scores (P, O). nan where P = 0.

    >>> performance_profile([[0.9, 0.8], [0.5, 0.6]], [0.0, 0.1]).tolist()
    [[0.5, 1.0], [0.5, 1.0]]
    """
    found, within = checked(scores), np.asarray(thresholds, dtype=np.float64)
    if not found.size:
        return np.full((found.shape[1], within.size), math.nan)
    gap = found.max(axis=1, keepdims=True) - found
    tie = SAME * np.abs(found).max()
    return np.asarray((gap[:, :, None] <= within + tie).mean(axis=0))


def interquartile_mean(values: ArrayLike) -> float:
    """Mean of values (n,) without the lowest and the highest quarter, rounded down (Agarwal et al., 2021).

    nan for n = 0 and where one of them is.

    >>> interquartile_mean([0.0, 1.0, 2.0, 3.0, 100.0])
    2.0
    """
    from scipy import stats

    found = np.asarray(values, dtype=np.float64)
    return float(stats.trim_mean(found, 0.25)) if found.size else math.nan


def interquartile_interval(runs: ArrayLike, level: float = 0.95) -> tuple[float, float]:
    """Bounds of the interquartile mean of all runs (P, n) of n seeds.

    Stratified percentile bootstrap, 2,000 resamples: seeds are drawn anew within each problem, as rliable does (Agarwal
    et al., 2021), and problems are taken as given. nan for P = 0, n < 2, and where one of the runs is.

    >>> low, high = interquartile_interval([[0.8, 0.9, 1.0], [0.1, 0.2, 0.3]])
    >>> low < interquartile_mean([0.8, 0.9, 1.0, 0.1, 0.2, 0.3]) < high
    True
    """
    from scipy import stats

    found = np.asarray(runs, dtype=np.float64)
    problems, n = found.shape
    if not problems or n < 2:
        return math.nan, math.nan
    seeds = np.random.default_rng(SEED).integers(n, size=(RESAMPLES, problems, n))
    drawn = found[np.arange(problems)[:, None], seeds].reshape(RESAMPLES, -1)
    low, high = np.quantile(stats.trim_mean(drawn, 0.25, axis=1), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
