"""What do intervals hold that are over seeds, over test examples too, or by a two-way bootstrap?

Differences of two objectives under each seed and on each test example: a seed's effect of the kind that the row says,
an example's effect, and chance that takes the values -1, 0 and 1. Seeds and examples matter alike at ten seeds. The
true mean is that over all seeds and examples. The two-way bootstrap is Owen's (2007), by percentiles.
"""

import numpy as np

from runner.statistics.crossed import over_both
from runner.statistics.intervals import interval
from runner.statistics.values import Array
from simulate.rates import Promise, Rate
from simulate.scatter import SCATTERS, SYMMETRIC

SIZES = {200: (3, 5, 10, 20), 1000: (3, 10), 10_000: (3, 10)}  # {test examples: seeds}
REPETITIONS = {200: 1000, 1000: 500, 10_000: 100}
RESAMPLES = 400
HOLDS: Promise = ("at least", 0.95)


def measure() -> list[Rate]:
    return [rate for m, ns in SIZES.items() for kind in _kinds(m) for n in ns for rate in _rates(kind, n, m)]


def _kinds(m: int) -> list[str]:
    return list(SCATTERS) if m == min(SIZES) else ["normal"]


def _rates(kind: str, n: int, m: int) -> list[Rate]:
    rng, many = np.random.default_rng(n * m), REPETITIONS[m]
    of_seeds, of_examples = (rng.multinomial(k, np.full(k, 1 / k), RESAMPLES) / k for k in (n, m))
    held = np.zeros(3)
    for _ in range(many):
        x = _table(kind, n, m, rng)
        drawn = ((of_seeds @ x) * of_examples).sum(axis=1)
        ways = interval(x.mean(axis=1)), over_both(x).interval(), tuple(np.quantile(drawn, (0.025, 0.975)))
        held += [low <= 0 <= high for low, high in ways]
    promises = None, HOLDS if kind in SYMMETRIC else None, None
    names = "over seeds", "over both", "two-way bootstrap"
    return [
        Rate(f"{name}, {m:,} examples", kind, n, float(share), many, promise)
        for name, share, promise in zip(names, held / many, promises, strict=True)
    ]


def _table(kind: str, n: int, m: int, rng: np.random.Generator) -> Array:
    seeds, examples = SCATTERS[kind](rng, (n, 1)), rng.normal(size=(1, m))
    return np.asarray(np.sqrt(10 / m) * seeds + examples + rng.integers(-1, 2, (n, m)))
