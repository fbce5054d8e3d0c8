"""An interval for the median of paired differences, which a collapsed seed does not move."""

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

MANY = 1000  # values, from which on the binomial is as good as normal


def median_interval(differences: ArrayLike, level: float = 0.95) -> tuple[float, float]:
    """Bounds of the median of differences (n,): of the sign test, x_(k) and x_(n + 1 - k) in order.

    It holds the median in at least `level` of all cases, whatever the scatter (Thompson, "On confidence ranges for the
    median", 1936). (nan, nan) where n is too small for the level: below six for 0.95.

    >>> median_interval([1.0, 2.0, 3.0, 4.0, 5.0, 60.0])
    (1.0, 60.0)
    """
    x = np.sort(np.asarray(differences, dtype=np.float64))
    k = _trimmed(x.size, level)
    if k < 1 or not np.isfinite(x).all():
        return math.nan, math.nan
    return float(x[k - 1]), float(x[-k])


def _trimmed(n: int, level: float) -> int:
    """The largest k with 2 P(B < k) <= 1 - level, B binomial of n and 1/2; 0 where there is none."""
    if n > MANY:
        return int(n / 2 - NormalDist().inv_cdf((1 + level) / 2) * math.sqrt(n) / 2)
    below, k = 0, 0
    while 2 * (below + math.comb(n, k)) <= (1 - level) * 2**n:
        below += math.comb(n, k)
        k += 1
    return k
