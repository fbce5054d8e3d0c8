"""How often does a report find something where nothing is?

Four tables of six comparisons with a baseline, which all are equal. With `family=report` the p of all of them is
corrected at once, with `panel` those of each table, so that the more tables a report has, the more often one of them
finds something.
"""

import numpy as np

from runner.statistics.multiple import holm
from runner.statistics.sign_flip import sign_flip_p
from simulate.rates import Rate
from simulate.scatter import SCATTERS

LEVEL = 0.05
SEEDS = (10, 14)
TABLES, ROWS = 4, 6
REPETITIONS = 2000


def measure() -> list[Rate]:
    found = []
    for kind in SCATTERS:
        for n in SEEDS:
            report, panel = _found(kind, n)
            found.append(Rate("family=report finds something", kind, n, report, REPETITIONS, ("at most", LEVEL)))
            found.append(Rate("family=panel finds something", kind, n, panel, REPETITIONS))
    return found


def _found(kind: str, n: int) -> tuple[float, float]:
    rng = np.random.default_rng(n)
    report = panel = 0
    for _ in range(REPETITIONS):
        values = SCATTERS[kind](rng, (TABLES, ROWS + 1, n))
        ps = [[sign_flip_p(row - each[0]) for row in each[1:]] for each in values]
        report += min(holm(p for each in ps for p in each)) <= LEVEL
        panel += min(min(holm(each)) for each in ps) <= LEVEL
    return report / REPETITIONS, panel / REPETITIONS
