"""Seeds far from the rest, and medians, which they do not move."""

import math

import numpy as np
import pytest
import scipy.stats

from runner.statistics.collapses import far
from runner.statistics.medians import median_interval


def test_a_seed_that_collapsed_is_far_and_two_are():
    usual = np.random.default_rng(0).normal(0.9, 0.01, 10)
    assert far(usual) == 0
    assert far([*usual, 0.1]) == 1
    assert far([*usual, 0.1, 0.2]) == 2
    assert far(-1000 * np.array([*usual, 0.1])) == 1


def test_where_half_are_equal_one_step_is_not_far():
    assert far([0.0] * 6 + [1 / 360, -1 / 360]) == 0
    assert far([0.0] * 6 + [1 / 360, -1 / 360, 0.5]) == 1
    assert far([0.3] * 10) == 0


@pytest.mark.parametrize("values", [[], [1.0, 1.0, 1.0, 1.1, 9.0], [math.nan] * 7, [1.0] * 6 + [math.inf]])
def test_nothing_is_said_of_too_few_or_of_no_numbers(values):
    assert far(values) == 0


@pytest.mark.parametrize("n", [6, 9, 17, 40])
def test_the_interval_of_the_median_is_scipys(n):
    x = np.random.default_rng(n).normal(size=n)
    theirs = scipy.stats.quantile_test(x, p=0.5).confidence_interval(0.95)
    assert median_interval(x) == (theirs.low, theirs.high)


def test_five_seeds_have_no_interval_of_the_median():
    assert all(map(math.isnan, median_interval([1.0, 2.0, 3.0, 4.0, 5.0])))
    assert median_interval([1.0, 2.0, 3.0, 4.0, 5.0], 0.9) == (1.0, 5.0)
    assert all(map(math.isnan, median_interval([1.0] * 9 + [math.nan])))
    assert median_interval(np.arange(2000.0))[0] == pytest.approx(955, abs=2)
