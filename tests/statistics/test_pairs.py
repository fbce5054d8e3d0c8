"""The statistics of paired differences: against brute force, libraries, simulation, and at their corners."""

import itertools
import math
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
import scipy.stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower
from statsmodels.stats.weightstats import ttost_paired

from runner.comparison.results import short
from runner.statistics import intervals, sign_flip
from runner.statistics.equivalence import equivalence_p
from runner.statistics.intervals import interval
from runner.statistics.multiple import holm
from runner.statistics.orders import kendall, told_apart
from runner.statistics.paired import Paired, paired
from runner.statistics.power import largest_sd, power, seeds_for, seeds_needed
from runner.statistics.sign_flip import sign_flip_p, smallest_p
from runner.statistics.slopes import slopes
from runner.statistics.values import SEED, on_paper

REPETITIONS = 2_000


def error(share, repetitions=REPETITIONS):
    """Three standard errors of a simulated share."""
    return 3 * math.sqrt(share * (1 - share) / repetitions)


def brute_force(decimals, alternative):
    """The sign-flip p of numbers as they are on paper."""
    exact = [Fraction(d) for d in decimals]
    sums = [
        sum(s * d for s, d in zip(signs, exact, strict=True)) for signs in itertools.product((1, -1), repeat=len(exact))
    ]
    observed = sum(exact)
    found = {
        "two-sided": [abs(s) >= abs(observed) for s in sums],
        "greater": [s >= observed for s in sums],
        "less": [s <= observed for s in sums],
    }[alternative]
    return Fraction(sum(found), len(found))


def test_importing_the_statistics_costs_nothing():
    """In a process of its own: neither torch nor the slow libraries."""
    code = (
        "import sys, runner.comparison.compare; print({'torch', 'scipy', 'statsmodels', 'pandas'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


# ---- sign flips


@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
@pytest.mark.parametrize("n", range(1, 11))
def test_sign_flips_are_those_on_paper(n, alternative):
    """Few decimals, so that sums tie in many ways that binary numbers get wrong."""
    rng = np.random.default_rng(n)
    for digits in (1, 1, 1, 2, 4):
        decimals = [f"{k / 10**digits:.{digits}f}" for k in rng.integers(-5, 8, n)]
        assert sign_flip_p([float(d) for d in decimals], alternative) == float(brute_force(decimals, alternative))


def test_differences_of_accuracies_tie_as_on_paper():
    """0.91 - 0.89 is not 0.02, and its error is larger than that of 0.1 + 0.2."""
    rng = np.random.default_rng(0)
    for scale in (1e-4, 1e-2):  # shares and percent, two decimals of a percent each
        a, b = rng.integers(9_000, 9_100, (2, 8))
        on_paper = [str(k) for k in a - b]
        assert sign_flip_p(a * scale - b * scale) == float(brute_force(on_paper, "two-sided"))


def test_sign_flips_of_twelve_are_scipys():
    x = np.random.default_rng(0).normal(0.3, 1, 12)
    theirs = scipy.stats.permutation_test((x,), np.mean, permutation_type="samples", n_resamples=2**12)
    assert sign_flip_p(x) == pytest.approx(theirs.pvalue, abs=1e-12)


@pytest.mark.parametrize("n", range(17, 21))
@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_drawn_signs_are_near_all_signs(n, alternative, monkeypatch):
    x = np.random.default_rng(n).normal(0.3, 1, n)
    drawn = sign_flip_p(x, alternative)
    monkeypatch.setattr(sign_flip, "EXACT", n)
    exact = sign_flip_p(x, alternative)
    assert 0.001 < exact < 0.999
    assert drawn != exact
    assert drawn == pytest.approx(exact, abs=error(exact, sign_flip.DRAWS) + 1 / sign_flip.DRAWS)


def test_drawn_signs_are_drawn_anew_for_every_seed():
    """Seeds that shared their signs would look like one seed: never significant."""
    assert sign_flip_p(np.ones(17)) < 1e-3


@pytest.mark.parametrize("n", [*range(19), 40])
@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_no_p_is_below_the_smallest(n, alternative):
    sign = -1 if alternative == "less" else 1
    reached = sign_flip_p(sign * (1 + np.arange(n)), alternative)
    smallest = smallest_p(n, alternative)
    assert reached == smallest if n <= 16 else smallest <= reached < 8 * smallest
    assert smallest >= 1 / (2**16 + 1)
    assert smallest <= smallest_p(max(n - 1, 0), alternative)


def test_the_two_sides_of_a_p():
    x = np.array([1.0, 2.0, 3.0, -0.5])
    assert sign_flip_p(x, "greater") == sign_flip_p(-x, "less") == sign_flip_p(x) / 2 == 1 / 8
    assert sign_flip_p(x, "less") == 15 / 16
    assert sign_flip_p([]) == sign_flip_p(np.zeros(4)) == sign_flip_p(np.zeros(20)) == 1.0
    with pytest.raises(KeyError):
        sign_flip_p(x, "larger")


@pytest.mark.parametrize("n", [6, 10])
@pytest.mark.parametrize("draw", ["normal", "laplace", "tied"])
def test_the_sign_flip_test_keeps_its_level(n, draw):
    rng = np.random.default_rng(n)
    x = rng.integers(-2, 3, (REPETITIONS, n)) * 0.1 if draw == "tied" else getattr(rng, draw)(size=(REPETITIONS, n))
    found = np.mean([sign_flip_p(each) <= 0.05 for each in x])
    attainable = 0.05 if n == 10 else 2 / 2**6  # n = 6 has no p between 2/64 and 4/64
    assert found <= attainable + error(attainable)
    if draw != "tied":  # ties make it stricter
        assert found >= attainable * 0.97 - error(attainable)


# ---- the interval


def corrected(n, level=0.95):
    t = scipy.stats.t.ppf((1 + level) / 2, n - 1)
    return 1 - 2 * scipy.stats.norm.sf(math.sqrt(n / (n - 1)) * t)


@pytest.mark.parametrize("level", [0.9, 0.95])
@pytest.mark.parametrize("n", [6, 7, 8, 16])
def test_the_interval_is_scipys_at_the_corrected_level(n, level):
    """Sums of whole numbers have no rounding, so ties are ties for scipy too."""
    x = np.random.default_rng(n).integers(-20, 60, n).astype(float)
    theirs = scipy.stats.bootstrap(
        (x,), np.mean, n_resamples=9_999, confidence_level=corrected(n, level), rng=np.random.default_rng(0)
    )
    assert interval(x, level) == pytest.approx(tuple(theirs.confidence_interval), rel=1e-8)


@pytest.mark.parametrize("n", [6, 7, 10, 16, 17, 33])
def test_the_bootstrap_is_scipys_to_the_bit(n):
    draw = np.random.default_rng(n)
    for x in (draw.random(n), draw.exponential(size=n), draw.integers(0, 4, n) / 360, np.eye(n)[0]):
        away = x - x.mean()
        away /= np.abs(away).max()
        theirs = scipy.stats.bootstrap(
            (away,),
            intervals._mean_on_paper,
            n_resamples=intervals.RESAMPLES,
            confidence_level=corrected(n),
            vectorized=True,
            rng=np.random.default_rng(SEED),
        ).confidence_interval
        assert intervals._bca(away, corrected(n)) == (theirs.low, theirs.high)


def test_the_interval_moves_and_stretches_with_its_data():
    x = np.array([1.0, 2.0, 4.0, 3.0, 9.0, 2.5])
    low, high = interval(x)
    assert 1 <= low < x.mean() < high <= 9
    assert interval(0.1 * x) == pytest.approx((0.1 * low, 0.1 * high))
    assert interval(1e-12 * x) == pytest.approx((1e-12 * low, 1e-12 * high))
    assert interval(x + 0.1) == pytest.approx((low + 0.1, high + 0.1))
    assert interval(-x) == pytest.approx((-high, -low), abs=0.2)
    assert high - x.mean() > x.mean() - low  # the skew of the data
    narrow = interval(x, 0.5)
    assert low < narrow[0] < narrow[1] < high


def test_few_seeds_get_the_t_interval():
    t = scipy.stats.t.interval
    assert interval([1.0, 2.0]) == pytest.approx(t(0.95, 1, 1.5, 0.5))
    x = np.array([1.0, 2.0, 4.0])
    assert interval(x, 0.99) == pytest.approx(t(0.99, 2, x.mean(), scipy.stats.sem(x)))  # BCa would have no numbers


@pytest.mark.parametrize("n", [10, 20])
def test_the_interval_holds_the_mean_as_often_as_it_says(n, monkeypatch):
    """At n = 10 it is 0.01 short of its level, as the docstring says."""
    monkeypatch.setattr(intervals, "RESAMPLES", 999)
    x = np.random.default_rng(n).normal(size=(REPETITIONS, n))
    bounds = np.array([interval(each) for each in x])
    found = np.mean((bounds[:, 0] <= 0) & (bounds[:, 1] >= 0))
    assert found == pytest.approx(0.94 if n == 10 else 0.95, abs=error(0.95))


@pytest.mark.parametrize("n", [5, 10, 20])
def test_the_correction_brings_the_interval_nearer_to_its_level(n):
    """On the same draws, for normal and for skewed differences."""
    for draw in ("normal", "exponential"):
        x = getattr(np.random.default_rng(n), draw)(size=(500, n)) - (draw == "exponential")
        found = {}
        for level in (0.95, corrected(n)):
            bounds = scipy.stats.bootstrap(
                (x,), np.mean, axis=-1, n_resamples=199, confidence_level=level, rng=np.random.default_rng(0)
            ).confidence_interval
            found[level] = np.mean((bounds.low <= 0) & (bounds.high >= 0))
        assert abs(found[corrected(n)] - 0.95) < abs(found[0.95] - 0.95)


# ---- all of a comparison


def test_a_comparison_by_hand():
    found = paired([1.0, 2.0, 3.0, 0.0, -1.0])
    assert (found.n, found.mean, found.sd) == (5, 1.0, pytest.approx(math.sqrt(10 / 4)))
    assert found.effect == pytest.approx(1 / math.sqrt(2.5))
    assert found.superiority == 0.7  # three, and a half
    assert (found.low, found.high) == interval([1.0, 2.0, 3.0, 0.0, -1.0])
    assert (found.level, found.p, found.smallest_p) == (
        0.95,
        6 / 16,
        1 / 16,
    )
    assert paired([1.0, 2.0, 4.0, 9.0], 0.9).low == interval([1.0, 2.0, 4.0, 9.0], 0.9)[0]


NAN = math.nan


@pytest.mark.parametrize(
    ("differences", "expected"),
    [
        ([], Paired(0, NAN, NAN, NAN, NAN, 0.95, 1.0, 1.0, NAN, NAN)),
        ([2.0], Paired(1, 2.0, NAN, NAN, NAN, 0.95, 1.0, 1.0, NAN, 1.0)),
        ([0.0], Paired(1, 0.0, NAN, NAN, NAN, 0.95, 1.0, 1.0, NAN, 0.5)),
        ([0.25] * 4, Paired(4, 0.25, 0.0, NAN, NAN, 0.95, 0.125, 0.125, NAN, 1.0)),
        ([-0.25] * 4, Paired(4, -0.25, 0.0, NAN, NAN, 0.95, 0.125, 0.125, NAN, 0.0)),
        ([0.0] * 4, Paired(4, 0.0, 0.0, NAN, NAN, 0.95, 1.0, 0.125, NAN, 0.5)),
        ([0.1, 0.3, NAN], Paired(3, NAN, NAN, NAN, NAN, 0.95, NAN, 0.25, NAN, NAN)),
        ([math.inf, -math.inf, 1.0], Paired(3, NAN, NAN, NAN, NAN, 0.95, NAN, 0.25, NAN, NAN)),
    ],
    ids=["none", "one", "a zero", "equal", "equally worse", "zeros", "one nan", "infinite"],
)
def test_the_corners_of_a_comparison(differences, expected):
    found = paired(differences)
    assert vars(found) == {k: pytest.approx(v, nan_ok=True) for k, v in vars(expected).items()}


def test_equal_differences_are_equal_but_for_rounding():
    """Their standard deviation is 1e-17 to a computer. They do not say how they vary."""
    found = paired([0.3 - 0.2, 0.2 - 0.1, 0.1])
    assert found.sd == 0.0
    assert all(map(math.isnan, (found.effect, found.low, found.high)))
    assert paired([1e-17, 0.1]).superiority == 0.75
    assert len(set(on_paper([0.1 + 0.2, 0.3, 0.3 + 1e-6]).tolist())) == 2
    assert on_paper([0.0, 0.0]).tolist() == [0.0, 0.0]
    assert on_paper([]).size == 0


@pytest.mark.parametrize("examples", [360, 3000, 26032])
def test_values_of_nine_digits_have_the_ties_that_they_had_in_full(examples):
    """A share of 360 examples has no end of digits: cut off after nine, equal differences were not equal any more."""
    rng = np.random.default_rng(examples)
    for n in (6, 9, 10, 12):
        ours, theirs = rng.integers(examples - 8, examples, (2, n))
        exact, cut = ours / examples - theirs / examples, short_of(ours / examples) - short_of(theirs / examples)
        whole = (ours - theirs).astype(float)
        assert sign_flip_p(cut) == sign_flip_p(exact) == sign_flip_p(whole)
        assert interval(cut) == pytest.approx(interval(exact), abs=1e-3 / examples)
        assert paired(cut).superiority == paired(whole).superiority
        assert len(set(on_paper(short_of(ours / examples)).tolist())) == len(set(ours.tolist()))
    equal = short_of(np.arange(4, 10) / examples) - short_of(np.arange(3, 9) / examples)
    assert paired(equal).sd == 0.0
    assert math.isnan(paired(equal).low)


def short_of(values):
    return np.array([short(value) for value in values.tolist()])


# ---- several tests, power, equivalence


def test_holm_by_hand():
    assert holm([0.01, 0.02, 0.04]) == pytest.approx([0.03, 0.04, 0.04])
    assert holm([0.04, 0.03, 0.9]) == pytest.approx([0.09, 0.09, 0.9])  # 2 * 0.04 would be below the smaller one's
    assert holm([0.6, 0.7]) == [1.0, 1.0]
    assert holm([]) == []
    assert holm([NAN, 0.01, NAN, 0.02]) == pytest.approx([NAN, 0.02, NAN, 0.02], nan_ok=True)
    assert holm([NAN]) == pytest.approx([NAN], nan_ok=True)


def test_holm_is_statsmodels():
    ps = np.random.default_rng(0).uniform(size=20) ** 3
    assert holm(ps) == pytest.approx(multipletests(ps, method="holm")[1])


@pytest.mark.parametrize(("n", "effect", "level"), [(7, 1.3, 0.05), (8, 1.0, 0.05), (12, 0.75, 0.05), (11, 1.6, 0.002)])
def test_the_power_is_at_most_that_of_the_sign_flip_test(n, effect, level):
    """And less by a tenth at most, where some seeds more than can decide are there."""
    said = power(n, 2.0, 2.0 * effect, level)
    x = np.random.default_rng(n).normal(effect, 1, (REPETITIONS, n))
    found = np.mean([sign_flip_p(each) <= level for each in x])
    assert said - error(said) <= found
    assert n < 8 or found <= said + 0.2


@pytest.mark.parametrize("n", [3, 10, 20])
def test_the_largest_standard_deviation_is_above_the_true_one_in_four_of_five_pilots(n):
    x = np.random.default_rng(n).normal(size=(REPETITIONS, n))
    above = np.mean([largest_sd(sd, n) >= 1 for sd in x.std(axis=1, ddof=1)])
    assert abs(above - 0.8) <= error(0.8)
    assert seeds_for(1.0, n, 0.7) > seeds_needed(1.0, 0.7)


def test_at_six_seeds_all_have_to_agree():
    x = np.random.default_rng(6).normal(1.0, 1, (REPETITIONS, 6))
    said = power(6, 1.0, 1.0)
    assert abs(np.mean([sign_flip_p(each) <= 0.05 for each in x]) - said) <= error(said)
    assert said < TTestPower().power(1.0, 6, 0.05) - 0.1


@pytest.mark.parametrize("level", [0.05, 0.01])
@pytest.mark.parametrize("wanted", [0.8, 0.95])
@pytest.mark.parametrize("effect", [0.05, 0.3, 0.5, 1.0, 1.4, 3.0])
def test_as_many_seeds_as_are_needed(effect, wanted, level):
    n = seeds_needed(3.0, 3.0 * effect, level, wanted)
    assert power(n, 3.0, 3.0 * effect, level) >= wanted > power(n - 1, 3.0, 3.0 * effect, level)
    if 2 * smallest_p(n - 1) <= level:
        assert n - 2 < TTestPower().solve_power(effect, alpha=level, power=wanted) <= n - 1 + 1e-6 or effect == 3.0


def test_the_corners_of_seeds_needed():
    assert seeds_needed(0.0, 0.01) == 6
    assert seeds_needed(0.0, 0.01, level=0.01) == 8
    assert (power(5, 0.0, 1.0), power(6, 0.0, 1.0), power(0, 1.0, 1.0)) == (0.0, 1.0, 0.0)
    assert power(6, 1.0, 10.0) == 1.0  # statsmodels says nan
    assert power(10**6, 1.0, 0.01) == pytest.approx(1.0)
    normal = (scipy.stats.norm.isf(0.025) + scipy.stats.norm.isf(0.2)) ** 2
    assert seeds_needed(1.0, 1e-6) == pytest.approx(normal * 1e12, rel=1e-5)
    for bad in (
        {"sd": 1.0, "difference": 0.0},
        {"sd": 1.0, "difference": -1.0},
        {"sd": 1.0, "difference": NAN},
        {"sd": -1.0, "difference": 1.0},
        {"sd": NAN, "difference": 1.0},
        {"sd": 1.0, "difference": 1.0, "level": 1e-6},
        {"sd": 1.0, "difference": 1.0, "level": 1.0},
        {"sd": 1.0, "difference": 1.0, "power": 1.0},
    ):
        with pytest.raises(ValueError, match="must"):
            seeds_needed(**bad)
    with pytest.raises(ValueError, match="difference"):
        power(5, 1.0, 0.0)


def test_equivalence_by_hand():
    x = [0.5, -0.5, 0.25, 0.0, -0.25]
    assert equivalence_p(x, 1.0) == 1 / 32  # all are within
    assert equivalence_p([*x, 2.0], 1.0) == float(brute_force(["0.5", "1.5", "0.75", "1", "1.25", "-1"], "greater"))
    assert equivalence_p(np.full(6, 1.5), 1.0) == 1.0
    assert equivalence_p(np.full(6, -1.5), 1.0) == 1.0
    assert equivalence_p([], 1.0) == 1.0
    assert math.isnan(equivalence_p([0.0, NAN], 1.0))
    for margin in (0.0, -1.0, NAN):
        with pytest.raises(ValueError, match="margin"):
            equivalence_p(x, margin)


def test_equivalence_is_near_that_of_t_tests():
    x = np.random.default_rng(0).normal(0.1, 1, 12)
    for margin in (0.1, 0.3, 0.6, 1.0, 2.0):
        theirs = ttost_paired(x, np.zeros(12), -margin, margin)[0]
        assert equivalence_p(x, margin) == pytest.approx(theirs, abs=0.03)


# ---- slopes and orders


def test_slopes_by_hand():
    assert slopes([0, 1, 2], [[1, 3, 5], [0, 0, 0], [0, 1, 0]]) == pytest.approx([2, 0, 0])
    assert slopes([1, 2, 4], [[0, 1, 5]]) == pytest.approx([scipy.stats.linregress([1, 2, 4], [0, 1, 5]).slope])
    assert slopes([0, 1], [[0, 1], [NAN, 1]]) == pytest.approx([1, NAN], nan_ok=True)
    assert slopes([0, 1], np.zeros((0, 2))).shape == (0,)
    for x in ([1.0, 1.0], [0.1 + 0.2, 0.3], [1.0], []):
        with pytest.raises(ValueError, match="two different x"):
            slopes(x, np.zeros((3, len(x))))


@pytest.mark.parametrize("published", [np.arange(7), np.array([3, 1, 1, 2, 5, 5, 0])], ids=["no ties", "ties"])
def test_agreement_is_scipys(published):
    values = published * 0.5 + np.random.default_rng(0).normal(size=(9, 7))
    found = kendall(values, published)
    theirs = scipy.stats.kendalltau(values.mean(0), published)
    assert (found.n, found.tau, found.p) == (9, pytest.approx(theirs.statistic), pytest.approx(theirs.pvalue))
    weights = np.random.default_rng(0).multinomial(9, np.full(9, 1 / 9), size=10_000)
    taus = [scipy.stats.kendalltau(w @ values, published).statistic for w in weights]
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(taus, [0.025, 0.975])))
    assert found.low < found.tau < found.high
    half = (1 + np.count_nonzero(np.array(taus) <= 0.5 + 1e-9)) / 10_001
    assert found.p_above(0.5) == pytest.approx(max(half, 1 / 2**9))
    assert kendall(-values, published).p_below(-0.5) == found.p_above(0.5)
    assert kendall(published + np.zeros((4, 1)), published).p_above(0.5) == 1 / 2**4
    assert kendall(values[:1], published).p_above(0.5) == 1.0


def test_pairs_that_seeds_tell_apart_stand_as_published_or_the_other_way_round():
    values = np.array([5.0, 1.0, 2.0, 2.0]) + np.random.default_rng(0).normal(0, 0.1, (8, 4))
    assert told_apart(values, [9, 8, 7, 6]) == (3, 2)
    assert told_apart(values, [9, 8, 8, 6]) == (3, 1)
    assert told_apart(values, [9, 8, 7, 6], level=0.001) == (0, 0)


def test_the_corners_of_agreement():
    nothing = pytest.approx((NAN, NAN, NAN, NAN), nan_ok=True)

    def numbers(values, published):
        found = kendall(values, published)
        return found.tau, found.low, found.high, found.p

    assert numbers(np.zeros((0, 3)), [1, 2, 3]) == nothing
    assert numbers([[1, 2, 3], [1, NAN, 3]], [1, 2, 3]) == nothing
    assert numbers([[1], [2]], [1]) == nothing
    assert numbers([[1, 2], [1, 2]], [1, 1]) == nothing
    assert numbers([[1, 2, 3, 4]], [1, 2, 3, 4]) == pytest.approx((1, NAN, NAN, 1 / 12), nan_ok=True)
    assert numbers([[1, 2, 3, 4]] * 3, [4, 3, 2, 1]) == pytest.approx((-1, -1, -1, 1 / 12))
    assert numbers([[1, 2], [1, 1]], [1, 2]) == pytest.approx((1, 0, 1, 1))  # a quarter of the draws tie both
    tied = [[0.1, 0.3, 0.5], [0.2, 0.2, 0.5], [0.3, 0.1, 0.5]]  # the first two have one mean, but for rounding
    assert kendall(tied, [1, 2, 3]).tau == pytest.approx(2 / math.sqrt(6))
    tenfold = [[1, 3, 5], [2, 2, 5], [3, 1, 5]]
    for level in np.linspace(0, 0.9, 19):
        assert kendall(tied, [1, 2, 3], level) == kendall(tenfold, [1, 2, 3], level)
