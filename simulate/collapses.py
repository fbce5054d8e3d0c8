"""How often are seeds said to be far from the rest, and what does the interval of the median hold?

A report names comparisons in which a seed is far from the rest. Of normal scatter it should name one or two in a
hundred. Of the other kinds nothing is promised; where seeds collapse, it should name many. The interval of the median,
of the sign test, holds the median whatever the scatter.
"""

import numpy as np

from runner.statistics.collapses import far
from runner.statistics.medians import median_interval
from runner.statistics.values import Array
from simulate.rates import Promise, Rate
from simulate.scatter import SCATTERS

SEEDS = (6, 8, 10, 20, 50)
REPETITIONS = 2000
FALSE: Promise = ("at most", 0.02)


def measure() -> list[Rate]:
    found = []
    for kind in SCATTERS:
        middle = float(np.median(SCATTERS[kind](np.random.default_rng(0), (200_001,))))
        drawn = {n: SCATTERS[kind](np.random.default_rng(n), (REPETITIONS, n)) for n in SEEDS}
        for n, x in drawn.items():
            named = float(np.mean([far(each) > 0 for each in x]))
            found.append(
                Rate("a seed is far from the rest", kind, n, named, REPETITIONS, FALSE if kind == "normal" else None)
            )
        for n, x in drawn.items():
            found.append(Rate("median held", kind, n, _held(x, middle), REPETITIONS, ("at least", 0.95)))
    return found


def _held(drawn: Array, middle: float) -> float:
    bounds = np.array([median_interval(each) for each in drawn])
    return float(((bounds[:, 0] <= middle) & (bounds[:, 1] >= middle)).mean())
