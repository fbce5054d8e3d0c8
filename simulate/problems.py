"""How often do tests over data sets tell equal rows apart, and what if each condition counts as a problem?

Five rows that are equal in the mean over all data sets, each tried under seven conditions; n is the number of data
sets. On a data set a row is better or worse than elsewhere, and on all of its conditions alike, by as much as the
conditions scatter around that. Over data sets ranks are means over conditions and then over data sets: so they vary
less than Nemenyi's distance allows for. If instead each condition counts as a problem, all three tests are of these
data sets alone, and tell more about them than there is to expect of another one.
"""

import numpy as np

from runner.statistics.ranks import average_ranks, friedman_p, nemenyi_distance, wilcoxon_holm
from runner.statistics.values import Array
from simulate.rates import Promise, Rate
from simulate.scatter import SCATTERS

LEVEL = 0.05
SETS = (2, 5, 10, 14)
CONDITIONS = 7
ROWS = 5
REPETITIONS = 500
PROMISE: Promise = ("at most", LEVEL)
TESTS = ("Friedman's test", "Wilcoxon's test, one of ten pairs", "Nemenyi's distance, one of ten pairs")


def measure() -> list[Rate]:
    found = []
    for how, (judge, promise) in {"data sets": (over_sets, PROMISE), "columns": (over_columns, None)}.items():
        for kind in SCATTERS:
            for n in SETS:
                rates = np.mean([judge(each) for each in _drawn(kind, n)], axis=0)
                found += [
                    Rate(f"{name}, over {how}", kind, n, float(rate), REPETITIONS, promise)
                    for name, rate in zip(TESTS, rates, strict=True)
                ]
    return found


def over_sets(scores: Array) -> tuple[bool, bool, bool]:
    """Which of TESTS tell rows of scores (D, C, O) apart, over data sets."""
    ranks = np.array([average_ranks(each) for each in scores])
    return _told(ranks, scores.mean(axis=1))


def over_columns(scores: Array) -> tuple[bool, bool, bool]:
    """The same, if each condition of a data set counts as a problem."""
    columns = scores.reshape(-1, scores.shape[-1])
    return _told(np.array([average_ranks(each[None]) for each in columns]), columns)


def _told(ranks: Array, scores: Array) -> tuple[bool, bool, bool]:
    """Of ranks and scores (P, O) of problems."""
    wilcoxon = bool((wilcoxon_holm(scores) <= LEVEL).any())
    apart = float(np.ptp(ranks.mean(axis=0)))
    return friedman_p(-ranks) <= LEVEL, wilcoxon, apart > nemenyi_distance(ROWS, len(ranks), LEVEL)


def _drawn(kind: str, sets: int) -> Array:
    """(REPETITIONS, D, C, O): what a row is on a data set, and on each condition of it."""
    rng = np.random.default_rng(sets)
    own = SCATTERS[kind](rng, (REPETITIONS, sets, 1, ROWS))
    return own + SCATTERS[kind](rng, (REPETITIONS, sets, CONDITIONS, ROWS))
