"""Posterior, effect, wins and order: against baycomp, deepsig and scipy, by simulation, and at their corners."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import scipy.stats

from runner.statistics.practical.effect_interval import effect_interval
from runner.statistics.practical.share_interval import share_interval
from runner.statistics.practical.signed_rank import DRAWS, signed_rank_posterior
from runner.statistics.practical.stochastic_order import order_bound, violation

KEPT = Path(__file__).parents[1] / "values" / "practical" / "oracles.json"
CASES = json.loads(KEPT.read_text(encoding="utf-8"))["cases"]
MONTE_CARLO = 4 * math.sqrt(0.25 / DRAWS + 0.25 / 50_000)  # both draw


@pytest.mark.parametrize("case", CASES)
def test_the_posterior_is_baycomps(case):
    found = signed_rank_posterior(np.subtract(case["first"], case["second"]), case["rope"])
    assert found == pytest.approx(case["posterior"], abs=MONTE_CARLO)
    assert sum(found) == pytest.approx(1)


@pytest.mark.parametrize("case", CASES)
def test_the_violation_of_an_order_is_deepsigs(case):
    """It integrates by steps of 0.0005, of which it leaves out the first."""
    assert violation(case["first"], case["second"]) == pytest.approx(case["violation"], abs=0.002)
    assert order_bound(case["first"], case["second"]) == pytest.approx(case["bound"], abs=0.06)


def test_turned_differences_turn_the_posterior():
    x = np.random.default_rng(0).normal(0.5, 1, 10)
    worse, alike, better = signed_rank_posterior(x, 0.5)
    assert signed_rank_posterior(-x, 0.5) == pytest.approx((better, alike, worse), abs=1e-12)
    assert violation(x, 2 * x + 1) == pytest.approx(1 - violation(2 * x + 1, x))


def test_equal_differences_on_an_edge_are_half_outside():
    """0.3 - 0.2 is not 0.1 to a computer."""
    assert signed_rank_posterior([0.3 - 0.2] * 20, 0.1) == signed_rank_posterior([0.1] * 20, 0.1)


@pytest.mark.parametrize(("wins", "n"), [(0, 5), (1, 7), (5, 10), (10, 10)])
def test_an_interval_of_a_share_is_scipys(wins, n):
    theirs = scipy.stats.binomtest(wins, n).proportion_ci(0.95, "exact")
    assert share_interval(wins / n, n) == pytest.approx((theirs.low, theirs.high))


@pytest.mark.parametrize(("effect", "n"), [(0.0, 3), (1.0, 10), (-2.0, 6), (0.3, 50)])
def test_bounds_of_an_effect_put_it_at_their_tails(effect, n):
    t = effect * math.sqrt(n)
    tails = [scipy.stats.nct.cdf(t, n - 1, bound * math.sqrt(n)) for bound in effect_interval(effect, n)]
    assert tails == pytest.approx([0.975, 0.025], abs=1e-5)


def test_the_interval_holds_the_effect():
    drawn = np.random.default_rng(0).normal(0.8, 1, (2_000, 8))
    bounds = np.array([effect_interval(each.mean() / each.std(ddof=1), 8) for each in drawn])
    held = ((bounds[:, 0] <= 0.8) & (bounds[:, 1] >= 0.8)).mean()
    assert held == pytest.approx(0.95, abs=3 * math.sqrt(0.05 * 0.95 / 2_000))


def test_what_is_not_known_has_no_number():
    assert all(map(math.isnan, signed_rank_posterior([], 1.0)))
    assert all(map(math.isnan, signed_rank_posterior([1.0, math.nan], 1.0)))
    assert all(map(math.isnan, (*share_interval(math.nan, 0), *effect_interval(math.inf, 4))))
    assert math.isnan(order_bound([1.0], [0.0]))
    assert math.isnan(order_bound([1.0, math.nan], [0.0, 0.0]))
    with pytest.raises(ValueError, match="rope=0"):
        signed_rank_posterior([1.0], 0)
