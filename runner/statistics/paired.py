"""One objective against another over n seeds: how far apart, and how sure.

Results are paired: a difference is that of two objectives under one seed.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from runner.statistics.intervals import interval
from runner.statistics.sign_flip import sign_flip_p, smallest_p
from runner.statistics.values import all_equal, signs


@dataclass(frozen=True)
class Paired:
    """What n paired differences say.

    Attributes:
        n: seeds.
        mean: of the differences; nan for n = 0.
        sd: their standard deviation (n - 1 in the denominator); nan for n < 2.
        low, high: `interval` for the mean; nan for n < 2, and where all are equal.
        level: of that interval.
        p: two-sided `sign_flip_p`.
        smallest_p: that n seeds can reach at all.
        effect: mean / sd, Cohen's d_z; nan for n < 2, and where all differences are equal.
        superiority: share of seeds with a difference above 0, ties count half: the probability of superiority.
    """

    n: int
    mean: float
    sd: float
    low: float
    high: float
    level: float
    p: float
    smallest_p: float
    effect: float
    superiority: float


def paired(differences: ArrayLike, level: float = 0.95) -> Paired:
    """All that is said of differences (n,).

    >>> found = paired([0.01, 0.02, 0.03, 0.02, 0.02, 0.0])
    >>> round(found.mean, 4), found.p, found.smallest_p, round(found.superiority, 3)
    (0.0167, 0.0625, 0.03125, 0.917)
    """
    x = np.asarray(differences, dtype=np.float64)
    n = x.size
    known = n > 0 and bool(np.isfinite(x).all())
    mean = float(x.mean()) if known else math.nan
    sd = math.nan if n < 2 or not known else 0.0 if all_equal(x) else float(x.std(ddof=1))
    low, high = interval(x, level)
    return Paired(
        n=n,
        mean=mean,
        sd=sd,
        low=low,
        high=high,
        level=level,
        p=sign_flip_p(x),
        smallest_p=smallest_p(n),
        effect=mean / sd if sd else math.nan,
        superiority=float((1 + signs(x)).mean() / 2) if known else math.nan,
    )
