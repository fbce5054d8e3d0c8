"""Does one seed in some collapse? No interval for a mean keeps its promise then, and no test away from zero."""

import numpy as np
from numpy.typing import ArrayLike

from runner.statistics.values import TIE

LEAST = 6  # values, below which those near each other cannot be told from one that is far


def far(values: ArrayLike) -> int:
    """How many of values (n,) are far from the rest: further from the median than `limit` times the median distance.

    Of normal values one is in about 1% of all samples, whatever n. Where each of ten seeds collapses with probability
    0.1, by ten standard deviations of the others, it is found in 71% of the tens that have such a seed (20,000
    simulations). Where more than half of the values are equal, the smallest distance of another counts. 0 for n < 6,
    and where a value is not finite.

    >>> far([0.1, 0.2, 0.15, 0.12, 0.17, 0.14, -3.0])
    1
    """
    x = np.asarray(values, dtype=np.float64)
    if x.size < LEAST or not np.isfinite(x).all():
        return 0
    apart = np.abs(x - np.median(x))
    some = apart[apart > TIE * np.abs(x).max()]
    if not some.size:
        return 0
    usual = max(float(np.median(apart)), float(some.min()))
    return int(np.count_nonzero(apart > limit(x.size) * usual))


def limit(n: int) -> float:
    """5.7 + 50 / n: what the farthest of n normal values exceeds in about 1% of all samples, n from 6 to 50.

    >>> limit(10)
    10.7
    """
    return 5.7 + 50 / n
