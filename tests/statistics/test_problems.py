"""Objectives over problems: against scipy, published tables, and by hand."""

import math

import numpy as np
import pytest
import scipy.stats

from runner.comparison.results import short
from runner.statistics.multiple import holm
from runner.statistics.profiles import performance_profile
from runner.statistics.ranks import average_ranks, cliques, friedman_p, nemenyi_distance, wilcoxon_holm, win_tie_loss

NAN = math.nan
Q_05 = {2: 1.960, 3: 2.343, 4: 2.569, 5: 2.728, 6: 2.850, 7: 2.949, 8: 3.031, 9: 3.102, 10: 3.164}  # Demsar, 2006


@pytest.fixture
def scores():
    return np.random.default_rng(0).normal(size=(12, 5)) + np.linspace(0, 1.5, 5)


def test_ranks_by_hand():
    scores = [[0.9, 0.8, 0.8, 0.1], [0.1 + 0.2, 0.3, 0.2, 0.1]]
    assert average_ranks(scores).tolist() == [(1 + 1.5) / 2, (2.5 + 1.5) / 2, (2.5 + 3) / 2, 4]
    assert average_ranks(scores, higher=False).tolist() == [(4 + 3.5) / 2, (2.5 + 3.5) / 2, (2.5 + 2) / 2, 1]


def test_ranks_and_friedman_are_scipys(scores):
    assert average_ranks(scores) == pytest.approx(scipy.stats.rankdata(-scores, axis=1).mean(0))
    assert friedman_p(scores) == pytest.approx(scipy.stats.friedmanchisquare(*scores.T).pvalue)
    assert friedman_p(scores) < 0.05


def test_ranks_are_scipys_to_the_bit():
    draw = np.random.default_rng(0)
    for scores in (draw.random((7, 12)), draw.integers(0, 4, (7, 12)), np.zeros((2, 5)), draw.random((1, 1))):
        for higher in (True, False):
            theirs = scipy.stats.rankdata(-scores if higher else scores, axis=1).mean(axis=0)
            assert average_ranks(scores, higher).tolist() == theirs.tolist()


def test_the_corners_of_ranks_and_friedman():
    assert average_ranks(np.zeros((0, 3))) == pytest.approx([NAN] * 3, nan_ok=True)
    assert average_ranks(np.ones((2, 3))).tolist() == [2, 2, 2]
    assert math.isnan(friedman_p([[1, 2], [1, 2], [1, 2]]))
    assert math.isnan(friedman_p([[1, 2, 3]]))
    assert friedman_p([[0.1 + 0.2, 0.3, 0.3], [1, 1, 1]]) == 1.0


@pytest.mark.parametrize("of", [average_ranks, friedman_p, wilcoxon_holm, lambda s: performance_profile(s, [0.0])])
def test_a_missing_score_is_refused_by_its_place(of):
    with pytest.raises(ValueError, match=r"\[\(1, 2\)\]"):
        of([[1, 2, 3], [1, 2, NAN], [1, 2, 3]])
    with pytest.raises(ValueError, match="problems, objectives"):
        of([1, 2, 3])


def test_the_nemenyi_distance_is_the_published_one():
    for objectives, q in Q_05.items():
        distance = nemenyi_distance(objectives, 30)
        assert distance / math.sqrt(objectives * (objectives + 1) / 180) == pytest.approx(q, abs=0.0011)
    assert nemenyi_distance(4, 40) == pytest.approx(nemenyi_distance(4, 10) / 2)
    assert nemenyi_distance(4, 10, 0.01) > nemenyi_distance(4, 10) > nemenyi_distance(4, 10, 0.1)
    for bad in ((1, 10), (3, 0)):
        with pytest.raises(ValueError, match="two objectives"):
            nemenyi_distance(*bad)


@pytest.mark.parametrize("problems", [5, 12, 16, 17, 40])
def test_wilcoxon_is_scipys(problems):
    scores = np.random.default_rng(problems).normal(size=(problems, 4)) + np.array([0, 0, 1, 2])
    pairs = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    theirs = holm(scipy.stats.wilcoxon(scores[:, a], scores[:, b]).pvalue for a, b in pairs)
    found = wilcoxon_holm(scores)
    assert [found[a, b] for a, b in pairs] == pytest.approx(theirs)
    assert [found[b, a] for a, b in pairs] == pytest.approx(theirs)
    assert np.diag(found).tolist() == [1] * 4
    assert found[0, 3] < 1


def test_wilcoxon_of_ties_is_scipys():
    """Tied and absent differences of ten problems, which scipy tries all signs of."""
    differences = np.array([1, 2, 2, -1, 3, 0, 4, 4, 5, -2])
    found = wilcoxon_holm(np.stack([0.5 + 0.01 * differences, np.full(10, 0.5)], axis=1))
    assert found[0, 1] == pytest.approx(scipy.stats.wilcoxon(differences).pvalue)


def test_the_corners_of_wilcoxon():
    assert wilcoxon_holm(np.ones((20, 2))).tolist() == [[1, 1], [1, 1]]
    assert wilcoxon_holm(np.zeros((0, 2))).tolist() == [[1, 1], [1, 1]]
    assert wilcoxon_holm([[1, 2]]).tolist() == [[1, 1], [1, 1]]
    assert wilcoxon_holm(np.zeros((3, 1))).tolist() == [[1]]
    among = wilcoxon_holm([[k, k, 0] for k in range(1, 8)])  # three pairs, one of which is all zeros
    assert among[0, 1] == 1
    assert among[0, 2] == among[1, 2] == pytest.approx(3 * 2 / 2**7)


def by_distance(ranks, distance):
    return cliques(ranks, np.abs(np.subtract.outer(ranks, ranks)) >= distance)


def test_cliques_by_hand():
    assert by_distance([1, 2, 3, 4, 5], 2.5) == [[0, 1, 2], [1, 2, 3], [2, 3, 4]]
    assert by_distance([5, 1, 2, 9], 2) == [[1, 2]]
    assert by_distance([1, 2, 3], 10) == [[0, 1, 2]]
    assert by_distance([1, 2, 3], 1) == []
    assert cliques([], np.zeros((0, 0), dtype=bool)) == []


def test_no_pair_of_a_clique_is_separable():
    """Neither end's distance decides: the two in the middle are separable, as Wilcoxon's test may find."""
    separable = np.zeros((4, 4), dtype=bool)
    separable[1, 2] = separable[2, 1] = True
    assert cliques([1, 2, 3, 4], separable) == [[0, 1], [2, 3]]


def test_wins_ties_and_losses_by_hand():
    verdicts = np.zeros((4, 3, 3), dtype=np.int8)
    verdicts[:3, 0, 1], verdicts[:3, 1, 0] = 1, -1
    verdicts[3, 0, 1], verdicts[3, 1, 0] = -1, 1
    found = win_tie_loss(verdicts)
    assert found.shape == (3, 3, 3)
    assert found[0, 1].tolist() == [3, 0, 1]
    assert found[1, 0].tolist() == [1, 0, 3]
    assert found[0, 2].tolist() == found[1, 1].tolist() == [0, 4, 0]
    assert (found.sum(-1) == 4).all()
    assert not win_tie_loss(np.zeros((0, 2, 2))).any()
    with pytest.raises(ValueError, match="verdict"):
        win_tie_loss(np.full((1, 2, 2), 2))


def test_profiles_by_hand():
    scores = [[0.91, 0.90, 0.80], [0.60, 0.70, 0.70], [0.5, 0.5, 0.4]]
    found = performance_profile(scores, [0.0, 0.01, 0.1, 1.0])  # 0.91 - 0.9 is above 0.01 to a computer
    thirds = [[2, 2, 3, 3], [2, 3, 3, 3], [1, 1, 2, 3]]
    assert found * 3 == pytest.approx(np.array(thirds))
    assert performance_profile(np.zeros((0, 2)), [0.0]) == pytest.approx(np.full((2, 1), NAN), nan_ok=True)
    assert performance_profile(scores, []).shape == (3, 0)


def test_means_of_nine_digits_have_the_ties_that_they_had_in_full():
    rng = np.random.default_rng(0)
    for _ in range(20):
        counts = rng.integers(350, 356, (5, 4, 3))
        shares = counts / 360
        cut = np.vectorize(lambda share: short(float(share)))(shares)
        ranks = average_ranks(counts.mean(axis=2))
        assert average_ranks(cut.mean(axis=2)).tolist() == average_ranks(shares.mean(axis=2)).tolist() == ranks.tolist()
        assert wilcoxon_holm(cut.mean(axis=2)).tolist() == wilcoxon_holm(counts.sum(axis=2)).tolist()
