"""How often is a report wrong about practical significance?

The table `show=practical`. The true difference is on the edge of the region of practical equivalence, one standard
deviation from 0. It is not within the region, so the test of equivalence may find it there in 5% of all cases. The
Bayesian test promises no rate. The intervals of d (whose truth is 0.5) and of wins (where the mean is half a standard
deviation) should hold the truth, and ties count half. Almost stochastic order may be found (a bound below 0.5) in 5% of
all pairs with the same distribution. It is found in 10 to 29% of them, so that the bound describes and decides nothing.
The test of equivalence needs symmetry, as all sign flips do. Where seeds collapse, the Bayesian test asks about most
seeds, and not about the mean.
"""

import numpy as np

from runner.statistics.equivalence import equivalence_p
from runner.statistics.paired import paired
from runner.statistics.practical.effect_interval import effect_interval
from runner.statistics.practical.share_interval import share_interval
from runner.statistics.practical.signed_rank import signed_rank_posterior
from runner.statistics.practical.stochastic_order import order_bound
from runner.statistics.values import Array
from simulate.rates import Promise, Rate
from simulate.scatter import SCATTERS

SEEDS = (3, 5, 10, 20, 50)
REPETITIONS = 300
LEVEL = 0.05
ERROR: Promise = ("at most", LEVEL)
COVERAGE: Promise = ("at least", 1 - LEVEL)
EFFECT = 0.5  # true d
SHIFT = float(1 / np.sqrt(4 + 1 / 12))  # true mean where wins are counted: a step of ties, so that some of these are 0


def measure() -> list[Rate]:
    asked = {
        "found alike, on the edge": (_alike, ERROR),
        "P(better) of 0.95, on the edge": (_better, None),
        "the interval holds d": (_effect, COVERAGE),
        "the interval holds the share of wins": (_wins, COVERAGE),
        "almost stochastic order, equal distributions": (_order, ERROR),
    }
    return [
        Rate(what, kind, n, float(np.mean(how(kind, n))), REPETITIONS, promise)
        for what, (how, promise) in asked.items()
        for kind in SCATTERS
        for n in SEEDS
    ]


def _drawn(kind: str, n: int, shift: float = 0.0) -> Array:
    """(REPETITIONS, n)."""
    return SCATTERS[kind](np.random.default_rng(n), (REPETITIONS, n)) + shift


def _alike(kind: str, n: int) -> list[bool]:
    return [equivalence_p(each, 1.0) <= LEVEL for each in _drawn(kind, n, 1.0)]


def _better(kind: str, n: int) -> list[bool]:
    return [signed_rank_posterior(each, 1.0)[2] >= 1 - LEVEL for each in _drawn(kind, n, 1.0)]


def _effect(kind: str, n: int) -> list[bool]:
    """An interval that is not there, as where all differences are equal, holds all."""
    bounds = [effect_interval(paired(each).effect, n) for each in _drawn(kind, n, EFFECT)]
    return [not (low > EFFECT or high < EFFECT) for low, high in bounds]


def _wins(kind: str, n: int) -> list[bool]:
    truth = _share(SCATTERS[kind](np.random.default_rng(0), (1_000_000,)) + SHIFT)
    bounds = [share_interval(_share(each), n) for each in _drawn(kind, n, SHIFT)]
    return [low <= truth <= high for low, high in bounds]


def _share(x: Array) -> float:
    return float((1 + np.sign(x)).mean() / 2)


def _order(kind: str, n: int) -> list[bool]:
    ours, theirs = np.split(SCATTERS[kind](np.random.default_rng(n), (2 * REPETITIONS, n)), 2)
    return [order_bound(a, b) < 0.5 for a, b in zip(ours, theirs, strict=True)]
