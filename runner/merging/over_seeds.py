"""The mean of a number of pairs of seeds, and an interval that is over seeds: pairs share them."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from runner.statistics.intervals import t_above

FEWEST = 4  # seeds, below which each is in so many of the pairs that nothing is known of the others


class OverSeeds(NamedTuple):
    mean: float
    low: float
    high: float


def over_seeds(values: Mapping[tuple[int, int], float], level: float = 0.95) -> OverSeeds:
    """The mean over all pairs of n seeds, with Student's t interval of the jackknife's n pseudo-values.

    The mean over pairs is a U-statistic, of which the jackknife that leaves out one seed with all of its pairs has a
    consistent variance (Arvesen, 1969). nan for fewer than four seeds.

    Args:
        values: {(seed, seed): number}, each pair once.

    >>> [round(each, 2) for each in over_seeds({(i, j): float(i + j) for i in range(5) for j in range(i)})]
    [4.0, 0.07, 7.93]
    """
    seeds = sorted({seed for pair in values for seed in pair})
    n, mean = len(seeds), float(np.mean(list(values.values())))
    if n < FEWEST:
        return OverSeeds(mean, math.nan, math.nan)
    without = [np.mean([value for pair, value in values.items() if seed not in pair]) for seed in seeds]
    pseudo = n * mean - (n - 1) * np.array(without)
    half = float(t_above((1 - level) / 2, n - 1) * pseudo.std(ddof=1) / math.sqrt(n))
    return OverSeeds(mean, mean - half, mean + half)
