"""How often does the hierarchical t test decide for the wrong side?

The table `show=hierarchical`. The true differences of six data sets are normal, with a standard deviation half as large
as that of seeds. Their mean is on the edge of the region of practical equivalence, or two of these standard deviations
above it, where the next data set is above the region in 98% of all cases. The test promises no rate. On the edge a
P(better) of 0.95 is an error; above it, it is what the test is for.
"""

import numpy as np

from runner.statistics.practical.hierarchical import hierarchical_posterior
from simulate.rates import Rate
from simulate.scatter import SCATTERS

SETS = 6
AMONG = 0.5  # standard deviation of the true differences
ROPE = 1.0
SEEDS = (10,)
REPETITIONS = 50
SURE = 0.95
PLACES = {"on the edge": 0.0, "two standard deviations above it": 2 * AMONG}


def measure() -> list[Rate]:
    return [
        Rate(f"P(better) of 0.95, {where}", kind, n, _rate(kind, n, ROPE + above), REPETITIONS)
        for where, above in PLACES.items()
        for kind in SCATTERS
        for n in SEEDS
    ]


def _rate(kind: str, n: int, mean: float) -> float:
    rng = np.random.default_rng(n)
    truths = mean + AMONG * rng.normal(size=(REPETITIONS, SETS, 1))
    drawn = SCATTERS[kind](rng, (REPETITIONS, SETS, n)) + truths
    return float(np.mean([hierarchical_posterior(list(each), ROPE)[2] >= SURE for each in drawn]))
