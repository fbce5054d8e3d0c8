"""Variances within groups, and what pairing saves, against scipy, other estimates and simulation."""

import math

import numpy as np
import pytest
from scipy import stats

from runner.statistics.components import component, pairing, ratio

RNG = np.random.default_rng


def test_of_one_group_it_is_its_variance_with_the_interval_of_the_chi_square():
    x = np.linspace(0, 1, 12)  # of no excess kurtosis
    found = component([x])
    assert found.variance == pytest.approx(x.var(ddof=1))
    assert found.freedom == pytest.approx(11)
    bounds = 11 * x.var(ddof=1) / stats.chi2(11).ppf([0.975, 0.025])
    assert (found.low, found.high) == pytest.approx(tuple(bounds))


def test_groups_are_pooled_around_their_own_means():
    groups = [[1.0, 2.0], [11.0, 14.0, 17.0], [5.0]]
    assert component(groups).variance == pytest.approx((0.5 + 18) / 3)
    moved = [np.add(group, 100 * i) for i, group in enumerate(groups)]
    assert component(moved).variance == pytest.approx(component(groups).variance)


def test_the_excess_kurtosis_is_estimated_without_much_bias_whatever_the_size_of_groups():
    """Freedom is 2 / (2 / D + g / N): of values of a Laplace distribution, g = 3."""
    for size in (2, 4, 20):
        x = RNG(0).laplace(size=(200_000 // size, size))
        found = component(list(x))
        d, n = x.shape[0] * (size - 1), x.size
        assert found.freedom == pytest.approx(2 / (2 / d + 3 / n), rel=0.05)


def test_a_ratio_has_the_interval_of_the_f_distribution():
    one, other = component([np.linspace(0, 1, 9)]), component([np.linspace(0, 3, 21)])
    share, low, high = ratio(one, other)
    assert share == pytest.approx(one.variance / other.variance)
    edges = stats.f(one.freedom, other.freedom).ppf([0.975, 0.025])
    assert (low, high) == pytest.approx(tuple(share / edges))


def test_pairing_is_what_a_difference_is_rid_of():
    a, b = RNG(1).normal(size=(2, 15))
    b += a
    pairs = np.stack([a, b], axis=1)
    expected = 1 - (a - b).var(ddof=1) / (a.var(ddof=1) + b.var(ddof=1))
    found = pairing([pairs[:7], pairs[7:] + 5])
    within = [pairs[:7] - pairs[:7].mean(0), pairs[7:] - pairs[7:].mean(0)]
    whole = np.concatenate(within)
    assert found.value == pytest.approx(2 * (whole[:, 0] * whole[:, 1]).sum() / (whole**2).sum())
    assert pairing([pairs]).value == pytest.approx(expected)
    assert -1 < found.low < found.value < found.high < 1


@pytest.mark.parametrize("groups", [[], [[1.0]], [[1.0, math.nan]], [[math.inf, 1.0]]])
def test_what_is_not_known_is_nan(groups):
    assert math.isnan(component(groups).variance)
    assert math.isnan(ratio(component(groups), component([[1.0, 2.0]])).value)


def test_what_does_not_vary_is_nought():
    still = component([[0.1 + 0.2, 0.3], [5.0, 5.0]])
    assert (still.variance, still.low, still.high) == (0, 0, 0)
    assert ratio(still, component([[1.0, 2.0]])).value == 0
    assert math.isnan(ratio(still, still).value)
    assert math.isnan(pairing([[[1.0, 2.0], [1.0, 2.0]]]).value)
    assert pairing([[[1.0, 2.0], [3.0, 4.0]]]).value == 1


@pytest.mark.parametrize("shape", [(5, 4), (1, 20)])
def test_intervals_of_normal_values_hold_the_truth_as_often_as_they_say(shape):
    """1,000 simulations: 95%, to four standard errors, whether one asks for a variance, a ratio or a pairing."""
    rng, held = RNG(2), np.zeros(3)
    for _ in range(1000):
        a, b, c = rng.normal(size=(3, *shape))
        pairs = np.stack([a, 0.6 * a + 0.8 * b], axis=-1)
        found = component(list(a)), ratio(component(list(a)), component([c.ravel()])), pairing(list(pairs))
        held += [its.low <= truth <= its.high for its, truth in zip(found, (1, 1, 0.6), strict=True)]
    assert (abs(held / 1000 - 0.95) < 0.03).all(), held
