"""Intervals and tests over seeds and test examples: against closed forms, other libraries and simulation."""

import math

import numpy as np
import pytest
from scipy import stats

from runner.statistics.crossed import examples_p, over_both, over_examples
from runner.statistics.sign_flip import sign_flip_p

RNG = np.random.default_rng(0)


def table(n=6, m=80, seeds=0.3, examples=0.5, rest=1.0, mean=0.0, rng=RNG):
    return (
        mean
        + seeds * rng.standard_normal((n, 1))
        + examples * rng.standard_normal((1, m))
        + rest * rng.standard_normal((n, m))
    )


def test_its_parts_are_those_of_the_mean_squares():
    """By sums of squares as textbooks have them: total = seeds + examples + rest."""
    x = table(examples=2.0, seeds=2.0)
    n, m = x.shape
    grand, by_seed, by_example = x.mean(), x.mean(1), x.mean(0)
    seeds, examples = m * ((by_seed - grand) ** 2).sum(), n * ((by_example - grand) ** 2).sum()
    rest = (((x - grand) ** 2).sum() - seeds - examples) / ((n - 1) * (m - 1))
    found = over_both(x)
    assert found.mean == pytest.approx(grand)
    (of_seeds, n_free), (of_examples, m_free) = found.parts
    assert of_seeds == pytest.approx(seeds / (n - 1) / (n * m))
    assert of_examples == pytest.approx((examples / (m - 1) - rest) / (n * m))
    assert (n_free, m_free) == (n - 1, m - 1)


def test_p_is_that_of_the_interval_that_ends_there():
    found = over_both(table(examples=2.0, mean=0.5))
    for level in (0.5, 0.9, 0.99, 0.999999):
        low, high = found.interval(level)
        assert found.p(at=low) == pytest.approx(1 - level, rel=1e-6)
        assert found.p("greater", at=low) == pytest.approx((1 - level) / 2, rel=1e-6)
        assert found.p("less", at=low) == pytest.approx((1 + level) / 2)
        assert found.p("less", at=high) == pytest.approx((1 - level) / 2, rel=1e-6)
    assert found.p(at=found.mean) == pytest.approx(1.0)
    assert 0 < found.p(at=1e9) < 1e-9


def test_it_is_never_narrower_than_over_seeds_alone():
    for _ in range(20):
        x = table(n=4, m=30, examples=0.1)
        low, high = over_both(x).interval()
        theirs = stats.ttest_1samp(x.mean(1), 0.0).confidence_interval(0.95)
        assert high - low >= (theirs.high - theirs.low) * (1 - 1e-12)


def test_where_examples_do_not_matter_it_is_the_t_test_over_seeds():
    """Each example under a seed the same: nothing is owed to them."""
    each = RNG.standard_normal(7)
    found = over_both(np.repeat(each[:, None], 50, 1))
    theirs = stats.ttest_1samp(each, 0.0)
    assert found.p() == pytest.approx(theirs.pvalue)
    assert found.interval() == pytest.approx(tuple(theirs.confidence_interval(0.95)))
    assert found.p("greater") == pytest.approx(stats.ttest_1samp(each, 0.0, alternative="greater").pvalue)
    assert found.p("less", at=0.5) == pytest.approx(stats.ttest_1samp(each, 0.5, alternative="less").pvalue)


def test_where_seeds_do_not_matter_it_is_the_t_test_over_examples():
    x = np.repeat(RNG.standard_normal((1, 50)), 7, 0)
    theirs = stats.ttest_1samp(x[0], 0.0)
    for found in (over_both(x), over_examples(x)):
        assert found.p() == pytest.approx(theirs.pvalue)
        assert found.interval() == pytest.approx(tuple(theirs.confidence_interval(0.95)))


def test_a_part_that_comes_out_below_nothing_is_taken_for_nothing():
    x = np.array([[1.0, -1.0] * 10, [-1.0, 1.0] * 10, [1.0, -1.0] * 10, [-0.9, 1.0] * 10])  # nearly all interaction
    found = over_both(x)
    assert found.parts[1][0] == 0
    assert found.interval() == pytest.approx(tuple(stats.ttest_1samp(x.mean(1), 0.0).confidence_interval(0.95)))


@pytest.mark.parametrize("shape", [(1, 20), (5, 1), (0, 20)])
def test_what_cannot_be_known_is_nan(shape):
    found = over_both(np.ones(shape))
    assert found.parts == ()
    assert math.isnan(found.p())
    assert all(map(math.isnan, found.interval()))


def test_no_difference_at_all_is_no_certainty():
    found = over_both(np.zeros((5, 20)))
    assert found.p() == 1.0
    assert all(map(math.isnan, found.interval()))
    assert math.isnan(found.p("greater", at=-0.01))


@pytest.mark.parametrize(("wins", "losses"), [(3, 1), (12, 4), (40, 21), (150, 150)])
def test_of_one_seed_it_is_mcnemars_exact_test(wins, losses):
    x = np.array([[1.0] * wins + [-1.0] * losses + [0.0] * 60])
    assert examples_p(x) == pytest.approx(stats.binomtest(min(wins, losses), wins + losses).pvalue)


def test_few_examples_that_differ_are_flipped_in_all_ways():
    each = RNG.standard_normal(9)
    assert examples_p(np.concatenate([each, np.zeros(50)])[None]) == sign_flip_p(each)


def test_many_examples_are_flipped_by_chance():
    x = table(m=120, mean=0.12, seeds=0.0)
    p = examples_p(x)
    se = math.sqrt(p * (1 - p) / 9_999)
    theirs = stats.ttest_1samp(x.mean(0), 0.0).pvalue  # of normal numbers the two nearly agree
    assert p == pytest.approx(theirs, abs=5 * se + 0.01)


def share_of(hits):
    return sum(hits) / len(hits)


@pytest.mark.parametrize("n", [3, 10])
def test_the_interval_over_both_holds_the_mean(n):
    """In at least 0.95 of 1,500 simulations, less 5 standard errors; over seeds alone it is nowhere near."""
    rng, both, seeds = np.random.default_rng(n), [], []
    for _ in range(1_500):
        x = table(n, 60, seeds=0.1, examples=1.0, rest=0.5, rng=rng)
        low, high = over_both(x).interval()
        both.append(low <= 0 <= high)
        low, high = stats.ttest_1samp(x.mean(1), 0.0).confidence_interval(0.95)
        seeds.append(low <= 0 <= high)
    assert share_of(both) > 0.95 - 5 * math.sqrt(0.95 * 0.05 / 1_500)
    assert share_of(seeds) < 0.9
