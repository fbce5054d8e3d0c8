"""How much of the variance of results a source of chance makes: variances within groups, in the mean over groups."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from runner.statistics.values import Array, all_equal

Groups = Sequence[ArrayLike]


@dataclass(frozen=True)
class Component:
    """A variance within groups.

    Attributes:
        variance: pooled over groups, in the unit of values squared; nan where a value is, or no group has two.
        freedom: degrees of freedom of the chi-square distribution that is as uncertain; see `component`.
        low, high: its interval; nan where the variance is, 0 where it is.
    """

    variance: float
    freedom: float
    low: float
    high: float


class Bounded(NamedTuple):
    """A number and its interval; all nan where it is not known."""

    value: float
    low: float
    high: float


UNKNOWN = Bounded(math.nan, math.nan, math.nan)


def component(groups: Groups, level: float = 0.95) -> Component:
    """The variance within groups of values (n_r,), pooled, with an interval.

    Of normal values it is that of the chi-square distribution with D = sum(n_r - 1) degrees of freedom. Of values with
    an excess kurtosis g the pooled variance is as uncertain as with fewer, 2 / (2 / D + g / N) of N values in groups of
    one size (Box, 1953), and so g is estimated from all deviations from the means of groups, by their fourth moments:
    for n draws of one distribution E sum e^4 = (n - 1) ((n^2 - 3n + 3) m4 + 3 (2n - 3) m2^2) / n^2. A negative g counts
    as 0.

    Of few skewed or heavy-tailed values it is better than the usual one and still too narrow, for 20 of them do not say
    how heavy their tails are: simulate/components.py measures it, and `ratio` and `pairing` as well.

    >>> found = component([[1.0, 2.0, 3.0], [5.0, 6.0, 7.0]])
    >>> found.variance, round(found.freedom, 1), round(found.low, 2), round(found.high, 2)
    (1.0, 4.0, 0.36, 8.26)
    """
    kept = [np.asarray(group, dtype=np.float64) for group in groups]
    kept = [group for group in kept if group.size > 1]
    if not kept or not all(np.isfinite(group).all() for group in kept):
        return Component(math.nan, math.nan, math.nan, math.nan)
    if all(all_equal(group) for group in kept):
        return Component(0.0, math.nan, 0.0, 0.0)
    from scipy import special

    sizes = np.array([group.size for group in kept])
    freedom = int((sizes - 1).sum())
    variance = float(sum(((group - group.mean()) ** 2).sum() for group in kept)) / freedom
    effective = 2 / (2 / freedom + max(_excess(kept, sizes, variance), 0.0) / sizes.sum())
    outside = (1 - level) / 2
    low, high = (variance * effective / special.chdtri(effective, share) for share in (outside, 1 - outside))
    return Component(variance, float(effective), float(low), float(high))


def _excess(groups: Sequence[Array], sizes: Array, variance: float) -> float:
    """Excess kurtosis of the deviations from the means of groups, corrected for their sizes."""
    fourth = sum(float(((group - group.mean()) ** 4).sum()) for group in groups)
    squares = (sizes - 1) / sizes**2
    own, others = float((squares * (sizes**2 - 3 * sizes + 3)).sum()), float((squares * 3 * (2 * sizes - 3)).sum())
    return (fourth / variance**2 - others) / own - 3


def ratio(one: Component, other: Component, level: float = 0.95) -> Bounded:
    """The variance of one over that of the other, which is independent, by the F distribution of their freedoms.

    nan where either is not known, or the other is 0.

    >>> ratio(component([[1.0, 2.0, 3.0]]), component([[1.0, 2.0, 3.0, 4.0, 5.0]])).value
    0.4
    """
    if math.isnan(one.variance) or not other.variance > 0:
        return UNKNOWN
    share = one.variance / other.variance
    if share == 0:
        return Bounded(0.0, 0.0, 0.0)
    from scipy import special

    low, high = (special.fdtri(one.freedom, other.freedom, at) for at in ((1 + level) / 2, (1 - level) / 2))
    return Bounded(share, share / float(low), share / float(high))


def pairing(groups: Groups, level: float = 0.95) -> Bounded:
    """What share of Var(a) + Var(b) is not in Var(a - b), for pairs (n_r, 2) within groups, in [-1, 1].

    It is 2 Cov(a, b) / (Var(a) + Var(b)) = (V - U) / (V + U) of the variances U of a - b and V of a + b, and so the
    interval is that of V / U by the F distribution, with the fewer of their degrees of freedom. Where a and b vary
    alike, it is their correlation, and U and V are independent; where not, they are not, and it is too wide.

    nan where Var(a) + Var(b) is not known or 0.

    >>> round(pairing([[[1.0, 1.1], [2.0, 2.1], [3.0, 2.9]]]).value, 3)
    0.993
    """
    pairs = [np.asarray(group, dtype=np.float64).reshape(-1, 2) for group in groups]
    apart, together = component([p[:, 0] - p[:, 1] for p in pairs]), component([p.sum(axis=1) for p in pairs])
    total = apart.variance + together.variance
    if not total > 0:
        return UNKNOWN
    if min(apart.variance, together.variance) == 0:
        share = (together.variance - apart.variance) / total
        return Bounded(share, share, share)
    freedom = min(apart.freedom, together.freedom)
    from scipy import special

    edge = float(special.fdtri(freedom, freedom, (1 + level) / 2))
    v = together.variance / apart.variance
    return Bounded(*((each - 1) / (each + 1) for each in (v, v / edge, v * edge)))
