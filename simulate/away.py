"""How often is a claim decided whose arm lies exactly at its bound?

Claims of the forms `bound` and `equal`, and of `better` by more than something, ask about a mean away from zero. Their
test takes the scatter to be symmetric. A claim with a seed far from the rest is undecided, which helps little: seeds
among which there is no collapse are those that decide wrongly. Beside it stands Student's t test.
"""

import numpy as np

from runner.replication.verdict import bound
from runner.statistics.values import Array
from simulate.rates import Promise, Rate
from simulate.scatter import SCATTERS

SEEDS = (5, 8, 12, 16)
REPETITIONS = 1000
LEVEL = 0.05


def measure() -> list[Rate]:
    found = []
    promise: Promise = ("at most", LEVEL)
    for kind, scatter in SCATTERS.items():
        drawn = {n: scatter(np.random.default_rng(n), (REPETITIONS, n)) + 1.0 for n in SEEDS}
        for what, decided in (("the claim is decided", _claims), ("the t test decides", _t)):
            found += [Rate(what, kind, n, float(decided(x).mean()), REPETITIONS, promise) for n, x in drawn.items()]
    return found


def _claims(drawn: Array) -> Array:
    findings = [bound(each, 1.0, LEVEL) for each in drawn]
    return np.array([min(each.p_for, each.p_against) <= LEVEL for each in findings], dtype=np.float64)


def _t(drawn: Array) -> Array:
    from scipy import stats

    return np.asarray(stats.ttest_1samp(drawn, 1.0, axis=1).pvalue <= LEVEL, dtype=np.float64)
