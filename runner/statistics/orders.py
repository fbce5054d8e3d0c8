"""How well an order of objectives agrees with a published one."""

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from runner.statistics.multiple import all_pairs_p
from runner.statistics.sign_flip import smallest_p
from runner.statistics.values import SEED, TIE, Array, on_paper

TAU_RESAMPLES = 10_000  # 2 / 10,001 is decided among 250 claims


class Pairs(NamedTuple):
    """Attributes: same, opposite: pairs that seeds tell apart, in the published order and in the opposite one."""

    same: int
    opposite: int


@dataclass(frozen=True)
class Agreement:
    """How well an order of objectives agrees with a published one.

    Attributes:
        n: seeds.
        tau: Kendall's tau-b, in [-1, 1]; nan where it is not defined: fewer than two objectives, or one of the orders
            all ties.
        low, high: bootstrap interval of tau over seeds; nan for n < 2.
        p: two-sided, against no association; exact without ties.
        taus: (TAU_RESAMPLES,) of resampled seeds; (0,) where there is no interval.
    """

    n: int
    tau: float
    low: float
    high: float
    p: float
    taus: Array = field(default_factory=lambda: np.empty(0), compare=False, repr=False)

    def p_above(self, least: float) -> float:
        """One-sided p over seeds that tau is above this: the share of resamples in which it is not.

        No smaller than 1 / 2^n: so often n seeds agree by chance. 1.0 where there is no interval.
        """
        return self._p(self.taus <= least + TIE)

    def p_below(self, most: float) -> float:
        """The same of tau below this."""
        return self._p(self.taus >= most - TIE)

    def _p(self, without: NDArray[np.bool_]) -> float:
        return max((np.count_nonzero(without) + 1) / (without.size + 1), smallest_p(self.n, "greater"))


def kendall(values: ArrayLike, published: ArrayLike, level: float = 0.95) -> Agreement:
    """Kendall's tau-b between the order of mean values over seeds and a published order.

    The interval is a percentile bootstrap over seeds, 10,000 resamples; one that ties all objectives counts as tau = 0.

    Args:
        values: (n, m) of n seeds and m objectives.
        published: (m,), in the same sense: larger with larger.

    >>> found = kendall([[0.9, 0.8, 0.7, 0.6], [0.9, 0.7, 0.8, 0.6]], [93.0, 92.0, 91.0, 90.0])
    >>> round(found.tau, 3), round(found.low, 3), round(found.high, 3)  # the mean ties the second and the third
    (0.913, 0.667, 1.0)
    """
    each, theirs = np.asarray(values, dtype=np.float64), np.asarray(published, dtype=np.float64)
    n, m = each.shape
    nothing = Agreement(n, math.nan, math.nan, math.nan, math.nan)
    if n == 0 or m < 2 or not (np.isfinite(each).all() and np.isfinite(theirs).all()):
        return nothing
    from scipy import stats

    found = stats.kendalltau(on_paper(each.mean(axis=0)), theirs)
    tau, p = float(found.statistic), float(found.pvalue)
    if math.isnan(tau) or n < 2:
        return Agreement(n, tau, math.nan, math.nan, p)
    weights = np.random.default_rng(SEED).multinomial(n, np.full(n, 1 / n), size=TAU_RESAMPLES) / n
    taus = _taus(on_paper(weights @ each), theirs)
    low, high = np.quantile(taus, [(1 - level) / 2, (1 + level) / 2])
    return Agreement(n, tau, float(low), float(high), p, taus)


def told_apart(values: ArrayLike, published: ArrayLike, level: float = 0.05) -> Pairs:
    """The pairs of objectives that seeds tell apart, by `all_pairs_p`: how many stand as published, how many do not.

    Args:
        values: (n, m) of n seeds and m objectives.
        published: (m,), in the same sense; of two that are equal there is no order.

    >>> told_apart([[3.0, 1.0, 2.0], [3.1, 1.2, 2.1], [3.3, 1.1, 2.3]] * 2, [93.0, 92.0, 91.0])
    Pairs(same=2, opposite=1)
    """
    each, theirs = np.asarray(values, dtype=np.float64), np.asarray(published, dtype=np.float64)
    i, j = np.triu_indices(theirs.size, 1)
    told = all_pairs_p(each)[i, j] <= level
    agree = np.sign((each[:, i] - each[:, j]).sum(axis=0)) * np.sign(theirs[i] - theirs[j])
    return Pairs(int(np.count_nonzero(told & (agree > 0))), int(np.count_nonzero(told & (agree < 0))))


def _taus(orders: Array, published: Array) -> Array:
    """tau-b (R,) of each of the orders (R, m) with the published one (m,); scipy takes 0.7 s for 2,000 of m = 10."""
    i, j = np.triu_indices(published.size, 1)
    ours, theirs = np.sign(orders[:, i] - orders[:, j]), np.sign(published[i] - published[j])
    pairs = np.sqrt(np.count_nonzero(ours, axis=1) * np.count_nonzero(theirs))
    return np.divide(ours @ theirs, pairs, out=np.zeros(len(orders)), where=pairs > 0)
