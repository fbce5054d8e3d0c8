"""Verdicts: right at their corners, and wrong no more often than they say."""

import numpy as np
import pytest
import scipy.stats

from runner.replication import verdict
from runner.replication.verdict import (
    Finding,
    bound,
    calibrated,
    crossing,
    equal,
    ranking,
    together,
    trend,
)
from runner.replication.verdict import better as better_
from runner.statistics.equivalence import equivalence_p
from runner.statistics.multiple import share_of_look
from runner.statistics.power import largest_sd, seeds_needed
from runner.statistics.sign_flip import sign_flip_p

LEVEL = 0.05
UP = np.array([2.0, 3.0, 2.5, 2.1, 2.9, 2.6, 2.2, 2.8])
NONE = np.array([1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 1.5, -1.5])


def better(x, by=0.0):
    return better_(x, by, LEVEL)


def said(finding):
    (one,) = together([finding])
    return one.verdict(LEVEL)


def test_better_holds_reverses_and_stays_open():
    assert said(better(UP)) == "holds"
    assert said(better(-UP)) == "reversed"
    assert said(better(NONE)) == "undecided"
    assert said(better(UP, by=2.4)) == "undecided"
    assert said(better(UP, by=1.9)) == "holds"
    assert better(UP).p_for == sign_flip_p(UP)
    assert better(-UP).p_against == sign_flip_p(UP)


def test_more_seeds_are_those_that_the_scatter_asks_for():
    x = np.random.default_rng(2).normal(0.3, 1, 12)
    found = better(x)
    largest, apart, left = largest_sd(x.std(ddof=1), 12), abs(x.mean()), LEVEL * share_of_look(2)
    more = seeds_needed(largest, apart, left) - 12
    assert together([found])[0].said(LEVEL) == f"undecided ({more} more seeds)"
    assert together([found] * 4)[0].more(LEVEL) == seeds_needed(largest, apart, left / 4) - 12
    assert together([better(NONE + 1e-6)])[0].said(LEVEL) == "undecided (over 1000 more seeds)"
    assert together([better(NONE)])[0].said(LEVEL) == "undecided"
    assert together([better(UP, by=5.0)])[0].said(LEVEL) == "undecided"  # seeds will not make it larger


def test_a_trend_is_one_of_every_seeds_slope():
    x = [0.0, 0.2, 0.4]
    rising = UP[:, None] * x + NONE[:, None]
    assert said(trend(x, rising, 0.0, LEVEL)) == "holds"
    assert said(trend(x, -rising, 0.0, LEVEL)) == "reversed"
    assert trend(x, rising, 0.0, LEVEL).effect == pytest.approx(UP.mean())
    assert said(trend(x, rising, 3.0, LEVEL)) == "undecided"


def test_a_crossing_needs_both_ends():
    assert said(crossing(-UP, UP, LEVEL)) == "holds"
    assert said(crossing(UP, -UP, LEVEL)) == "reversed"
    assert said(crossing(UP, 2 * UP, LEVEL)) == "undecided"
    assert said(crossing(NONE, UP, LEVEL)) == "undecided"


def test_a_bound_is_above_or_below():
    assert said(bound(UP, 1.5, LEVEL)) == "holds"
    assert said(bound(UP, 3.5, LEVEL)) == "reversed"
    assert said(bound(UP, 2.5, LEVEL)) == "undecided"


def test_equality_is_shown_and_not_taken_for_granted():
    assert said(equal(0.01 * NONE, 1.0, LEVEL)) == "holds"
    assert said(equal(UP, 1.0, LEVEL)) == "reversed"
    assert said(equal(NONE, 1.0, LEVEL)) == "undecided"
    assert equal(0.1 * NONE, 1.0, LEVEL).p_for == 2 * equivalence_p(0.1 * NONE, 1.0)


SEVEN = np.arange(7.0)
NOISE = np.random.default_rng(0).normal(0, 0.3, (10, 7))


def test_a_ranking_is_as_published_where_tau_is_shown_to_be_above_what_is_asked():
    found = ranking(SEVEN + NOISE, SEVEN, 0.5, LEVEL)
    assert found.effect == pytest.approx(scipy.stats.kendalltau((SEVEN + NOISE).mean(0), SEVEN).statistic)
    assert said(found) == "holds"
    assert said(ranking(-SEVEN + NOISE, SEVEN, 0.5, LEVEL)) == "reversed"
    close = ranking(0.2 * SEVEN + NOISE, SEVEN, 0.5, LEVEL)
    assert close.low > 0.5
    assert (said(close), said(ranking(0.2 * SEVEN + NOISE, SEVEN, close.low, LEVEL))) == ("holds", "undecided")
    assert said(ranking(NOISE, SEVEN, 0.0, LEVEL)) == "undecided"
    assert said(ranking((SEVEN + NOISE)[:5], SEVEN, 0.5, LEVEL)) == "undecided"  # 2 / 2^5 is above 0.05


def test_a_pair_that_is_shown_to_stand_the_other_way_leaves_an_order_undecided():
    two, four = np.array([1, 0, 2, 3, 4, 5, 6]), np.array([1, 0, 3, 2, 4, 5, 6])
    assert ranking(two + NOISE, SEVEN, 0.5, LEVEL).low > 0.5
    found = together([ranking(two + NOISE, SEVEN, 0.5, LEVEL), ranking(-four + NOISE, SEVEN, 0.5, LEVEL)])
    assert [each.said(LEVEL) for each in found] == [
        "undecided (1 pair shown to stand the other way)",
        "undecided (2 pairs shown to stand the other way)",
    ]
    tied = np.array([0, 0, 2, 3, 4, 5, 6])
    assert said(ranking(two + NOISE, tied, 0.5, LEVEL)) == "holds"  # two that are equal in the paper have no order


def test_of_equal_rows_no_order_is_decided():
    """simulate/rankings.py has more rows and other scatters."""
    rng = np.random.default_rng(1)
    findings = [ranking(rng.normal(size=(8, 5)), SEVEN[:5], 0.5, LEVEL) for _ in range(100)]
    assert sum(min(each.p_for, each.p_against) <= LEVEL for each in findings) <= 5
    assert sum(abs(each.effect) > 0.5 for each in findings) > 5  # tau alone would say so


def test_calibration_counts_at_equal_accuracy_alone():
    assert said(calibrated(UP, 0.001 * NONE, 0.01, LEVEL)) == "holds"
    assert said(calibrated(-UP, 0.001 * NONE, 0.01, LEVEL)) == "reversed"
    assert said(calibrated(UP, UP, 0.01, LEVEL)) == "undecided"


def test_claims_that_are_judged_together_pay_for_it():
    alone, *many = together([better(UP[:6])]), *together([better(UP[:6]), better(UP[:6])])
    assert alone[0].verdict(LEVEL) == "holds"
    assert {each.verdict(LEVEL) for each in many} == {"undecided"}  # 2 * 2 / 2^6 is above 0.05
    assert many[0].holm == pytest.approx(2 * alone[0].holm)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_seeds_decide_nothing(n):
    for finding in (better(UP[:n]), bound(UP[:n], 0.0, LEVEL), equal(0 * UP[:n], 1.0, LEVEL)):
        assert isinstance(finding, Finding)
        assert said(finding) == "undecided"


REPETITIONS = 2000


@pytest.fixture
def only_p(monkeypatch):
    """No intervals, which no simulation looks at and which take their time."""
    monkeypatch.setattr(verdict, "interval", lambda values, level: (np.nan, np.nan))


@pytest.mark.usefixtures("only_p")
@pytest.mark.parametrize("scatter", ["normal", "skewed to one side and back", "of whole numbers"])
@pytest.mark.parametrize("n", [6, 10])
def test_of_two_equals_no_more_than_the_level_is_decided(n, scatter):
    """Under the null a difference has a symmetric distribution: the verdict is wrong in at most 5%, but for chance."""
    rng = np.random.default_rng(n)
    draw = {
        "normal": lambda: rng.normal(size=n),
        "skewed to one side and back": lambda: rng.exponential(size=n) - rng.exponential(size=n),
        "of whole numbers": lambda: rng.integers(-3, 4, n).astype(float),
    }[scatter]
    decided = np.mean([said(better(draw())) != "undecided" for _ in range(REPETITIONS)])
    assert decided <= LEVEL + 3 * np.sqrt(LEVEL * (1 - LEVEL) / REPETITIONS)


@pytest.mark.usefixtures("only_p")
def test_on_the_margin_equality_is_claimed_no_more_than_the_level():
    rng = np.random.default_rng(0)
    claimed = np.mean([said(equal(rng.normal(1.0, 0.3, 8), 1.0, LEVEL)) == "holds" for _ in range(REPETITIONS)])
    assert claimed <= LEVEL + 3 * np.sqrt(LEVEL * (1 - LEVEL) / REPETITIONS)


@pytest.mark.usefixtures("only_p")
def test_as_many_more_seeds_as_it_says_decide_it():
    """With the true scatter and effect, the power is 0.8, less what sign flips cost at few seeds."""
    n = seeds_needed(1.0, 0.8)
    rng = np.random.default_rng(0)
    decided = np.mean([said(better(rng.normal(0.8, 1, n))) == "holds" for _ in range(REPETITIONS)])
    assert 0.8 - 0.02 - 3 * np.sqrt(0.8 * 0.2 / REPETITIONS) <= decided <= 0.87


FALLEN = np.array([0.80, 0.81, 0.82, 0.80, 0.81, 0.82, 0.81, 0.83, 0.82, 0.80, 0.81, 0.79])


@pytest.mark.parametrize(
    "judge",
    [
        lambda x: bound(x, 0.5, 0.05),
        lambda x: better_(x, 0.5, 0.05),
        lambda x: equal(x - 0.8, 0.3, 0.05),
        lambda x: calibrated(x, x - 0.8, 0.3, 0.05),
    ],
)
def test_where_a_seed_is_far_from_the_rest_nothing_away_from_zero_is_decided(judge):
    """For that test takes the scatter to be symmetric."""
    (whole,), (fallen,) = together([judge(FALLEN)]), together([judge(np.append(FALLEN, 0.55))])
    assert whole.verdict(0.05) == "holds"
    assert fallen.said(0.05) == "undecided (1 seed far from the rest)"


def test_a_difference_from_zero_is_decided_all_the_same():
    """Objectives that do not differ have symmetric differences."""
    (found,) = together([better_(np.append(FALLEN, 0.1), 0.0, 0.05)])
    assert (found.verdict(0.05), found.far) == ("holds", 0)
