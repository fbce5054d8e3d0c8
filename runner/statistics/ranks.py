"""Several objectives over several problems (data sets, noise rates): ranks, and tests over problems.

Scores are (P problems, O objectives) of means over seeds, higher is better, and hold no nan: ValueError says so.
What is equal on paper is a tie here. scipy.stats takes 1.1 s to import, so it waits until it is needed.
"""

import math
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from runner.statistics.multiple import holm
from runner.statistics.sign_flip import EXACT, sign_flip_p
from runner.statistics.values import TIE, Array, checked, on_paper


def average_ranks(scores: ArrayLike, higher: bool = True) -> Array:
    """Mean rank (O,) over the problems of scores (P, O), 1 is best, ties share; nan where P = 0.

    >>> average_ranks([[0.9, 0.8, 0.7], [0.9, 0.9, 0.7]]).tolist()
    [1.25, 1.75, 3.0]

    Args:
        higher: is more better? False for losses and errors.
    """
    found = checked(scores)
    if not len(found):
        return np.full(found.shape[1], math.nan)
    return np.asarray(np.array([_ranks(row) for row in (-found if higher else found)]).mean(axis=0))


def friedman_p(scores: ArrayLike) -> float:
    """p of Friedman's test (1937) that the objectives of scores (P, O) rank alike, by its chi-square.

    nan where it is not defined (O < 3 or P < 2), 1.0 where every problem ties all.

    >>> round(friedman_p([[3, 2, 1], [3, 2, 1], [3, 1, 2], [3, 2, 1]]), 4)  # chi-square 6.5, 2 degrees of freedom
    0.0388
    """
    found = checked(scores)
    problems, objectives = found.shape
    if objectives < 3 or problems < 2:
        return math.nan
    if not np.ptp(found, axis=1).any():
        return 1.0
    from scipy import stats

    return float(stats.friedmanchisquare(*found.T).pvalue)


def nemenyi_distance(O: int, P: int, level: float = 0.05) -> float:  # noqa: N803  # as in (P, O)
    """Distance of two average ranks from which on they differ at a level, of O objectives on P problems.

    Nemenyi (1963), q_level sqrt(O (O + 1) / (6 P)), with q of the studentized range over sqrt(2) (Demsar, 2006).

    >>> round(nemenyi_distance(4, 14, level=0.1), 3)  # Demsar's example, with q = 2.291
    1.118

    Raises:
        ValueError: O < 2 or P < 1.
    """
    if O < 2 or P < 1:
        raise ValueError(f"ranks take two objectives and a problem, not O={O} and P={P}")
    from scipy import stats

    q = float(stats.studentized_range.isf(level, O, math.inf)) / math.sqrt(2)
    return q * math.sqrt(O * (O + 1) / (6 * P))


def wilcoxon_holm(scores: ArrayLike) -> Array:
    """(O, O) of two-sided p of Wilcoxon's signed-rank test (1945) over the P problems of scores (P, O), Holm-corrected.

    Corrected for all O (O - 1) / 2 pairs. 1.0 on the diagonal and for two objectives that differ nowhere. Problems
    without a difference are left out of a pair's ranks. p is exact up to 16 problems with a difference, and up to 50 if
    no two differences tie.

    >>> wilcoxon_holm([[0.9, 0.8], [0.7, 0.5], [0.8, 0.5], [0.9, 0.5], [0.9, 0.4], [0.9, 0.3]]).tolist()
    [[1.0, 0.03125], [0.03125, 1.0]]
    """
    found = checked(scores)
    corrected = np.ones((found.shape[1], found.shape[1]))
    pairs = list(combinations(range(found.shape[1]), 2))
    differences = [found[:, a] - found[:, b] for a, b in pairs]
    ps = holm(_signed_rank_p(each[each != 0]) for each in differences)
    for (a, b), p in zip(pairs, ps, strict=True):
        corrected[a, b] = corrected[b, a] = p
    return corrected


def cliques(ranks: ArrayLike, separable: ArrayLike) -> list[list[int]]:
    """The bars of a critical-difference diagram: groups of objectives of which no two are separable.

    Groups are contiguous in the order of ranks (O,), as long as can be, best first, and have at least two members.

    Args:
        separable: (O, O) of bool, symmetric.

    >>> near = abs(np.subtract.outer([1.0, 3.0, 2.0, 5.0], [1.0, 3.0, 2.0, 5.0])) < 1.5
    >>> cliques([1.0, 3.0, 2.0, 5.0], ~near)
    [[0, 2], [2, 1]]
    """
    apart = np.asarray(separable, dtype=np.bool_)
    order = [int(place) for place in np.argsort(np.asarray(ranks, dtype=np.float64), kind="stable")]
    groups: list[list[int]] = []
    reached = 0
    for start in range(len(order)):
        end = start + 1
        while end < len(order) and not apart[order[end], order[start:end]].any():
            end += 1
        if end - start > 1 and end > reached:  # else it is part of the group before
            groups.append(order[start:end])
        reached = max(reached, end)
    return groups


def win_tie_loss(verdicts: ArrayLike) -> NDArray[np.int64]:
    """(O, O, 3) counts of problems on which objective a wins, ties and loses against b.

    Args:
        verdicts: (P, O, O), 1 where a is separably better than b on problem p, -1 where worse, else 0.

    >>> win_tie_loss([[[0, 1], [-1, 0]], [[0, 1], [-1, 0]], [[0, 0], [0, 0]]])[0, 1].tolist()
    [2, 1, 0]

    Raises:
        ValueError: there are other verdicts.
    """
    given = np.asarray(verdicts)
    if not np.isin(given, (-1, 0, 1)).all():
        raise ValueError("a verdict is 1, 0 or -1")
    return np.stack([(given == verdict).sum(axis=0, dtype=np.int64) for verdict in (1, 0, -1)], axis=-1)


def _ranks(values: Array) -> Array:
    """Ranks (O,) of values (O,), 1 is the smallest, ties share: scipy's rankdata, half a second to import."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    shared: Array = counts.cumsum() - (counts - 1) / 2
    return shared[places]


def _signed_rank_p(differences: Array) -> float:
    """Of differences (n,) that are not 0; scipy takes 0.5 s where some tie, and flipping signs of ranks is the same."""
    from scipy import stats

    sizes = on_paper(np.abs(differences), TIE)
    if differences.size > EXACT:
        return float(stats.wilcoxon(np.sign(differences) * sizes).pvalue)
    return sign_flip_p(np.sign(differences) * stats.rankdata(sizes))
