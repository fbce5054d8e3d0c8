"""Corrections for many comparisons."""

import math
from collections.abc import Iterable
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from runner.statistics.values import SEED, TIE, Array

JOINT = 14  # seeds up to which all joint signs are tried; two-sided, so the first seed's sign is always +
JOINT_DRAWS = 2 ** (JOINT - 1)  # of signs, above that
FIRST = 0.8  # of the level, that the first look may spend


def holm(ps: Iterable[float]) -> list[float]:
    """p values corrected for their number (Holm, 1979). nan stays nan and does not count.

    >>> [round(p, 3) for p in holm([0.01, math.nan, 0.04, 0.03])]
    [0.03, nan, 0.06, 0.06]
    """
    found = np.array(list(ps), dtype=np.float64)
    order = [place for place in np.argsort(found, kind="stable") if not math.isnan(found[place])]
    largest = 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * float(found[place])))
        found[place] = largest
    return [float(p) for p in found]


def share_of_look(look: int) -> float:
    """Of the level, what the look-th look at the same question, >= 1, may spend; of all looks together it is 1.

    0.8, 0.16, 0.032, ...: a look has FIRST of what those before it left, however many there will be. p is divided by
    it, which is Bonferroni's correction over looks. Spending the level over looks is Slud & Wei's ("Two-sample
    repeated significance tests based on the modified Wilcoxon statistic", JASA 1982), cited from memory; the shares are
    ours. For numbers of seeds that were fixed beforehand the error over all looks is at most the level. If the seeds
    of one look set the number of the next, that is simulated and not proven: docs/results/simulate.md.

    >>> [round(share_of_look(look), 4) for look in (1, 2, 3)]
    [0.8, 0.16, 0.032]
    """
    return FIRST * (1 - FIRST) ** (look - 1)


def all_pairs_p(values: ArrayLike) -> Array:
    """(O, O) of two-sided p that two of O objectives do not differ, corrected for all pairs of them.

    The step-down max-T test (Westfall & Young, 1993; Romano & Wolf, 2005). One draw flips the signs of whole seeds, of
    all differences of a seed at once, and the statistic of a pair is |sum d| / sqrt(sum d^2) over the seeds that the
    two have in common: the paired t by another name, with the same variance for every pair. All 2^n joint signs are
    tried up to n = 14; above that 2^13 are drawn, with those that were seen among them (Phipson & Smyth, 2010).

    Why this one: the best row is picked from the same data, so that with all rows equal the largest gap is looked at,
    and only a correction for all pairs bounds how often some row is told apart from the best. Holm's correction over
    the others counts too few. Comparisons with the best (Hsu, 1984) keep the true best in their set at 95%, and not
    each of several equal ones. Tukey's test bounds it for equal normal scatter alone. Holm's over all pairs does, but
    its smallest p grows with the pairs, where this one reaches 2 / 2^n with 50 rows as with two. It is exact where the
    vector of a seed's differences is as likely with the other sign, and else approximate.

    Args:
        values: (n, O) of n seeds; nan where an objective lacks one.

    Returns:
        1.0 on the diagonal and for two that differ nowhere, nan for two without a seed in common.

    >>> base = np.array([0.0, 0.3, 0.1, 0.2, 0.5, 0.4])
    >>> found = all_pairs_p(np.stack([base, base + [0.01, 0.02, 0.01, 0.02, 0.01, 0.02], base + 1], axis=1))
    >>> found[0].tolist()
    [1.0, 0.03125, 0.03125]
    """
    found = np.asarray(values, dtype=np.float64)
    objectives = found.shape[1]
    p = np.full((objectives, objectives), math.nan)
    np.fill_diagonal(p, 1.0)
    pairs, scaled = [], []
    for a, b in combinations(range(objectives), 2):
        apart = found[:, a] - found[:, b]
        if not np.isnan(apart).all():
            apart = np.nan_to_num(apart)
            pairs.append((a, b))
            scaled.append(apart / (np.sqrt(np.square(apart).sum()) or 1.0))
    if not pairs:
        return p
    for (a, b), corrected in zip(pairs, _step_down(np.array(scaled)), strict=True):
        p[a, b] = p[b, a] = corrected
    return p


def _step_down(scaled: Array) -> Array:
    """(C,) p of the comparisons (C, n), each a vector of length 1 or 0, by their joint signs."""
    seen = np.abs(scaled.sum(axis=1))
    flips = _joint_signs(scaled.shape[1])
    highest, p = np.zeros(len(flips)), np.ones(len(seen))
    order = np.argsort(-seen, kind="stable")
    for place in order[::-1]:  # the largest among a comparison and all that are less clear
        np.maximum(highest, np.abs(flips @ scaled[place]), out=highest)
        if seen[place] > 0:
            p[place] = np.count_nonzero(highest >= seen[place] * (1 - TIE)) / len(flips)
    p[order] = np.maximum.accumulate(p[order])
    return p


@lru_cache(maxsize=4)
def _joint_signs(n: int) -> Array:
    """(B, n) of signs, + for the first seed, in the first row + for all."""
    if n <= JOINT:
        minus = np.arange(2 ** max(n - 1, 0))[:, None] >> np.arange(n - 1, -1, -1) & 1
        return np.where(minus, -1.0, 1.0)
    signs = np.random.default_rng(SEED).choice([-1.0, 1.0], (JOINT_DRAWS, n))
    signs[0] = 1.0
    return signs
