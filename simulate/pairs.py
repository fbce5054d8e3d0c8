"""What does an interval hold that is over pairs of seeds, by the jackknife or as if pairs were independent?

Each pair of n seeds has a number, the sum of one of either seed, of the kind of scatter that the row says, and one of
the pair; each has mean 0 and standard deviation 1. The true mean is over all seeds. The jackknife leaves out a seed
with all of its pairs.
"""

from itertools import combinations

import numpy as np

from runner.merging.over_seeds import over_seeds
from runner.statistics.intervals import t_above
from runner.statistics.values import Array
from simulate.rates import Promise, Rate
from simulate.scatter import SCATTERS, SYMMETRIC

SEEDS = (5, 10, 20)
REPETITIONS = 1000
HOLDS: Promise = ("at least", 0.95)


def measure() -> list[Rate]:
    found = []
    for kind in SCATTERS:
        for n in SEEDS:
            held = np.mean([_held(n, kind, np.random.default_rng([n, k])) for k in range(REPETITIONS)], axis=0)
            promises = HOLDS if kind in SYMMETRIC else None, None
            names = "over seeds", "as if pairs were independent"
            found += [
                Rate(name, kind, n, float(share), REPETITIONS, promise)
                for name, share, promise in zip(names, held, promises, strict=True)
            ]
    return found


def _held(n: int, kind: str, rng: np.random.Generator) -> list[bool]:
    pairs = list(combinations(range(n), 2))
    own = SCATTERS[kind](rng, (n,))
    values = own[np.array(pairs)].sum(axis=1) + rng.normal(size=len(pairs))
    ours = over_seeds(dict(zip(pairs, values.tolist(), strict=True)))
    return [ours.low <= 0 <= ours.high, _independent(values)]


def _independent(values: Array) -> bool:
    half = t_above(0.025, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return bool(abs(values.mean()) <= half)
