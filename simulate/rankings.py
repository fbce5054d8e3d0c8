"""How often does a claim about an order hold that it should not?

Twelve rows have a published order, and the claim asks for a Kendall tau above 0.5 with it. First all rows are equal,
and either decision is an error. Then the true order is the published one in part: three rows lead as published and nine
are equal, or six rows stand the other way round. Kendall's tau is 0.45 and 0.55 then; the latter claim is wrong because
pairs stand in the opposite order. Beside the claim stands what a positive tau with p of at most 0.05 would decide.
Last, how often the claim holds if the order is the published one. Neighbours are so many standard deviations of the
seeds apart.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from runner.replication.verdict import Finding, ranking
from runner.statistics.values import Array
from simulate.rates import Promise, Rate
from simulate.scatter import SCATTERS

ROWS = 12
PUBLISHED = np.arange(ROWS, dtype=np.float64)
LEVEL = 0.05
TAU = 0.5
SEEDS = (6, 12)
REPETITIONS = 300
EQUAL = "12 equal rows: decided"
TURNED = np.array([5, 4, 3, 2, 1, 0, 6, 7, 8, 9, 10, 11])
WRONG = {
    "3 rows as published, 2 apart, 9 equal: holds": np.array([0] * 9 + [2, 4, 6]),
    "6 of 12 rows the other way round, 1 apart: holds": TURNED,
    "6 of 12 rows the other way round, 0.25 apart: holds": TURNED / 4,
}
RIGHT = {"as published, 1 apart: holds": PUBLISHED, "as published, 0.25 apart: holds": PUBLISHED / 4}


def measure() -> list[Rate]:
    return [
        *_rates({EQUAL: np.zeros(ROWS)}, either=True),
        *_rates(WRONG, either=False),
        *_rates(RIGHT, either=False, promised=False),
    ]


def _rates(truths: Mapping[str, Array], *, either: bool, promised: bool = True) -> Iterator[Rate]:
    promise: Promise | None = ("at most", LEVEL) if promised else None
    for what, truth in truths.items():
        for kind in SCATTERS:
            for n in SEEDS:
                drawn = SCATTERS[kind](np.random.default_rng(n), (REPETITIONS, n, ROWS)) + truth
                rate = float(np.mean([decided(ranking(each, PUBLISHED, TAU, LEVEL), either=either) for each in drawn]))
                yield Rate(what, kind, n, rate, REPETITIONS, promise)
                if promised:
                    rate = float(np.mean([_by_sign(each, either=either) for each in drawn]))
                    yield Rate(f"{what}, by the sign of tau", kind, n, rate, REPETITIONS)


def decided(found: Finding, *, either: bool) -> bool:
    """Does a claim hold? With `either`, is it decided at all?"""
    return (min(found.p_for, found.p_against) if either else found.p_for) <= LEVEL


def _by_sign(values: Array, *, either: bool) -> bool:
    from scipy import stats

    found = stats.kendalltau(values.mean(axis=0), PUBLISHED)
    return bool(found.pvalue <= LEVEL and (either or found.statistic > 0))
