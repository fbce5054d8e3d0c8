"""Several objectives over several problems: performance profiles.

Scores are as in ranks.py.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from runner.statistics.values import SAME, Array, checked


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
