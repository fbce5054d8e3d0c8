"""How often does the 95% interval hold the mean difference?

The interval of reports: a BCa bootstrap with a corrected level, below six seeds that of the t distribution. Where one
seed in ten collapses no interval that knows nothing of it can keep its promise: a third of all tens of seeds have none
that collapsed.
"""

import numpy as np

from runner.statistics.intervals import interval
from simulate.rates import Rate
from simulate.scatter import SCATTERS

SEEDS = (3, 5, 8, 10, 20, 50)
REPETITIONS = 1000


def measure() -> list[Rate]:
    return [
        Rate("the interval holds the mean", kind, n, _held(kind, n), REPETITIONS, ("at least", 0.95))
        for kind in SCATTERS
        for n in SEEDS
    ]


def _held(kind: str, n: int) -> float:
    drawn = SCATTERS[kind](np.random.default_rng(n), (REPETITIONS, n))
    bounds = np.array([interval(each) for each in drawn])
    return float(((bounds[:, 0] <= 0) & (bounds[:, 1] >= 0)).mean())
