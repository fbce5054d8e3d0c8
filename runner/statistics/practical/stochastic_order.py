"""Is one objective better over the whole distribution of its seeds, almost?"""

import math

import numpy as np
from numpy.typing import ArrayLike

from runner.statistics.intervals import resamples
from runner.statistics.values import Array

DRAWS = 1_000


def violation(better: ArrayLike, worse: ArrayLike) -> float:
    """How far values (n,) are from being larger than others (n,) at every quantile: 0 if they are, 1 if at none.

    The violation ratio of almost stochastic order (del Barrio et al., 2018; Dror et al., ACL 2019): the share of the
    squared distance of the two quantile functions that lies where the second is above the first. 0.5 where they are
    equal.

    >>> violation([3.0, 1.0], [0.0, 2.0])
    0.0
    >>> violation([0.0, 4.0], [1.0, 3.0])
    0.5
    """
    return float(_violations(np.asarray(better, dtype=np.float64)[None], np.asarray(worse, dtype=np.float64)[None])[0])


def order_bound(better: ArrayLike, worse: ArrayLike, level: float = 0.95) -> float:
    """epsilon_min: with confidence `level` the violation ratio of values (n,) and (n,) of the same seeds is no larger.

    Below 0.5, the first is almost stochastically larger; Ulmer et al. (2022) ask for 0.2. With 3 to 50 seeds, that
    is so of 10 to 29% of equal distributions (docs/results/simulate.md), so it describes more than it tests. The
    bound is the ratio plus a normal quantile of standard deviations of a bootstrap (Dror et al., 2019), clipped to
    [0, 1]. It draws seeds, so that both have the same; for independent samples deepsig draws each by itself. nan
    for n < 2 and where a value is not finite.
    """
    from scipy import special

    a, b = (np.asarray(values, dtype=np.float64) for values in (better, worse))
    if a.size < 2 or not (np.isfinite(a).all() and np.isfinite(b).all()):
        return math.nan
    places = resamples(DRAWS, a.size)
    spread = float(_violations(a[places], b[places]).std())
    return float(np.clip(violation(a, b) + special.ndtri(level) * spread, 0, 1))


def _violations(better: Array, worse: Array) -> Array:
    """(R,) of values (R, n) and (R, n)."""
    gap = np.sort(better, axis=1) - np.sort(worse, axis=1)
    whole = np.square(gap).sum(axis=1)
    against = np.square(np.minimum(gap, 0)).sum(axis=1)
    return np.divide(against, whole, out=np.full(len(gap), 0.5), where=whole > 0)
