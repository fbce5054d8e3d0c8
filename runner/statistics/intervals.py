"""An interval for the mean of paired differences.

scipy.stats takes 1.1 s to import and statsmodels 1.4 s, so both wait until they are needed.
"""

import math
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from runner.statistics.values import SEED, TIE, Array, all_equal

RESAMPLES = 9_999  # of an interval for a mean
FEW = 6  # seeds, below which no bootstrap interval holds the mean in 95% of all cases


def interval(differences: ArrayLike, level: float = 0.95) -> tuple[float, float]:
    """Bounds of the mean of differences (n,): a BCa bootstrap (Efron, 1987), its level corrected for few seeds.

    The bootstrap is too narrow for few seeds, by sqrt((n - 1) / n) and by a normal where a t is due. So more is asked
    of it, 2 Phi(sqrt(n / (n - 1)) t_{n-1}) - 1, as Hesterberg (2014, "What Teachers Should Know about the Bootstrap")
    does for percentiles. Share of 2,000 simulated intervals of level 0.95 that hold the mean, with 999 resamples:

        n                            3     4     5     6    10    20    50
        normal, corrected         .747  .865  .920  .918  .938  .950  .948
        normal, as it is          .718  .787  .841  .849  .898  .926  .939
        normal, t interval        .949  .953  .959  .947  .950  .958  .951
        exponential, corrected    .690  .823  .859  .887  .916  .927  .940
        exponential, as it is     .672  .757  .779  .823  .876  .905  .927
        exponential, t interval   .880  .884  .878  .881  .900  .914  .933

    No bootstrap leaves the range of its data, which holds the mean (of a symmetric distribution) in 1 - 2 / 2^n of all
    cases. So fewer than six seeds, and levels so high for n that the corrected one is 1, get the t interval.
    nan for n < 2, and where all are equal: they do not say how they vary.

    >>> [round(bound, 3) for bound in interval([0.01, 0.02, 0.03, 0.02, 0.02, 0.0])]
    [0.005, 0.025]
    """
    x = np.asarray(differences, dtype=np.float64)
    n = x.size
    if n < 2 or not np.isfinite(x).all():
        return math.nan, math.nan
    mean = float(x.mean())
    if all_equal(x):
        return math.nan, math.nan
    corrected = _corrected(n, level)
    if corrected is None:
        half = float(t_above((1 - level) / 2, n - 1) * x.std(ddof=1) / math.sqrt(n))
        return mean - half, mean + half
    scale = float(np.abs(x - mean).max())
    low, high = _bca((x - mean) / scale, corrected)
    return mean + scale * low, mean + scale * high


def interval_name(ns: Iterable[int], level: float = 0.95) -> str:
    """What `interval` is for these numbers of seeds.

    >>> interval_name([10, 10]), interval_name([5])
    ('BCa bootstrap interval', 't interval')
    """
    kinds = {_corrected(n, level) is not None for n in ns if n > 1}
    if len(kinds) > 1:
        return "BCa bootstrap interval, or t interval where seeds are too few for that"
    return "BCa bootstrap interval" if kinds == {True} else "t interval"


def _corrected(n: int, level: float) -> float | None:
    """The level to ask of a bootstrap of n > 1 seeds, None where they are too few for one; see `interval`."""
    from scipy import special

    corrected = float(2 * special.ndtr(math.sqrt(n / (n - 1)) * t_above((1 - level) / 2, n - 1)) - 1)
    return None if n < FEW or corrected == 1 else corrected


def t_above(share: float, freedom: int) -> float:
    """What Student's t exceeds with this chance: scipy.stats.t.isf."""
    from scipy import special

    return float(-special.stdtrit(freedom, share))


def _bca(x: Array, level: float) -> tuple[float, float]:
    """Bounds of the mean of deviations (n,) from it: scipy.stats.bootstrap(method="BCa"), to the bit.

    That one takes three times as long for so few numbers, and draws the same resamples for each comparison anew.
    """
    from scipy import special

    n, means = x.size, _mean_on_paper(x[resamples(RESAMPLES, x.size)], axis=-1)
    here = _mean_on_paper(x, axis=-1)
    below = np.count_nonzero(means < here) + np.count_nonzero(means <= here)
    bias = special.ndtri(np.float64(below) / (2 * means.size))
    others = _mean_on_paper(x[_without_one(n)], axis=-1)
    pulls = (n - 1) * (others.mean(keepdims=True) - others)
    skew = 1 / 6 * ((pulls**3).sum() / float(n) ** 3) / ((pulls**2).sum() / float(n) ** 2) ** (3 / 2)
    alpha = float(special.ndtri((1 - level) / 2))
    shares = [special.ndtr(bias + (bias + z) / (1 - skew * (bias + z))) for z in (alpha, -alpha)]
    low, high = (_quantile(means, float(share)) for share in shares)
    return low, high


@lru_cache(maxsize=4)
def resamples(many: int, n: int) -> NDArray[np.int64]:
    """(many, n) of places of seeds: the same for each comparison of n seeds."""
    return np.random.default_rng(SEED).integers(0, n, (many, n))


@lru_cache(maxsize=4)
def _without_one(n: int) -> NDArray[np.int64]:
    """(n, n - 1) of the places that there are without the first, without the second, ..."""
    return np.array([[place for place in range(n) if place != left_out] for left_out in range(n)])


def _quantile(values: Array, share: float) -> float:
    """As numpy's, by linear interpolation."""
    if math.isnan(share):
        return math.nan
    place = share * values.size + (1 - share)
    whole = int(place // 1)
    first, second = (min(max(each, 0), values.size - 1) for each in (whole - 1, whole))
    part = 0.0 if whole < 1 else place % 1
    found = np.partition(values, (first, second))
    return float((1 - part) * found[first] + part * found[second])


def _mean_on_paper(x: Array, axis: int) -> Array:
    """Of deviations up to 1 from their mean, which is 0: BCa counts how many of the resampled means are just that.

    Rounded, since the same seeds in another order have another mean.
    """
    means = np.round(x.mean(axis=axis), 9)
    return np.where(np.abs(means) > TIE, means, 0.0)
