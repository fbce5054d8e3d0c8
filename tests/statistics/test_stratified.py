"""Aggregates, improvement and profiles of several problems: against rliable, by hand, and at their corners."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from runner.statistics.stratified.above import band_above, share_above
from runner.statistics.stratified.aggregates import (
    aggregate,
    aggregate_interval,
    interquartile_mean,
    mean_of_means,
    median_of_means,
    optimality_gap,
)
from runner.statistics.stratified.improvement import improvement, improvement_interval

NAN = math.nan
KEPT = Path(__file__).parents[1] / "values" / "practical" / "stratified.json"
CASES = json.loads(KEPT.read_text(encoding="utf-8"))["cases"]
DRAWN = 0.006  # how far bounds of two bootstraps of these runs are from each other


@pytest.mark.parametrize("case", CASES)
def test_aggregates_are_rliables(case):
    named = [mean_of_means, median_of_means, interquartile_mean, optimality_gap(case["gamma"])]
    assert [aggregate(of, case["ours"]) for of in named] == pytest.approx(case["aggregates"], abs=1e-6)
    for of, bounds in zip(named, case["aggregate_bounds"], strict=True):
        assert aggregate_interval(of, case["ours"]) == pytest.approx(bounds, abs=DRAWN)


@pytest.mark.parametrize("case", CASES)
def test_improvement_is_rliables(case):
    assert improvement(case["ours"], case["theirs"]) == pytest.approx(case["improvement"], abs=1e-8)
    found = improvement_interval(case["ours"], case["theirs"])
    assert found == pytest.approx(case["improvement_bounds"], abs=0.025)


@pytest.mark.parametrize("case", CASES)
def test_a_profile_is_rliables(case):
    assert share_above(case["ours"], case["thresholds"]) == pytest.approx(case["profile"], abs=1e-6)
    low, high = band_above(case["ours"], case["thresholds"])
    slack = 1.01 / np.size(case["ours"])  # one run
    assert np.stack([low, high], axis=1) == pytest.approx(np.array(case["profile_bounds"]), abs=slack)


def test_improvement_by_hand():
    assert improvement([[1, 2]], [[0, 0]]) == 1
    assert improvement([[1, 2], [0, 0]], [[0, 0], [1, 2]]) == 0.5
    assert improvement([[0.1 + 0.2]], [[0.3]]) == 0.5  # equal on paper
    ours, theirs = np.random.default_rng(0).normal(size=(2, 4, 6))
    assert improvement(ours, theirs) == pytest.approx(1 - improvement(theirs, ours))


def test_runs_are_not_paired():
    ours, theirs = np.random.default_rng(0).normal(size=(2, 4, 6))
    assert improvement(ours, theirs) == pytest.approx(improvement(ours[:, ::-1], theirs), abs=1e-12)


@pytest.mark.parametrize("runs", [np.zeros((0, 3)), np.zeros((3, 1)), [[NAN] + 7 * [1.0]]])
def test_too_little_for_an_interval_of_improvement(runs):
    assert improvement_interval(runs, runs) == pytest.approx((NAN, NAN), nan_ok=True)


def test_interquartile_means_by_hand():
    assert aggregate(interquartile_mean, [[5, 1, 2, 100]]) == 3.5
    assert aggregate(interquartile_mean, [[1, 2, 3]]) == 2  # less than one of each end
    assert aggregate(interquartile_mean, [[-9, 0, 1, 2, 3, 4, 5, 99]]) == 2.5
    for nothing in ([], [1, 2, 3, NAN]):
        assert math.isnan(aggregate(interquartile_mean, [nothing]))


def test_seeds_are_drawn_within_problems():
    """Problems that differ by far, seeds that do not: drawn across problems the mean would move by far too."""
    runs = np.array([[0.0, 0.01], [1.0, 1.01], [2.0, 2.01], [3.0, 3.01]])
    low, high = aggregate_interval(interquartile_mean, runs)
    assert 1.5 <= low < aggregate(interquartile_mean, runs) < high <= 1.51
    narrow = aggregate_interval(interquartile_mean, runs, 0.5)
    assert low <= narrow[0] <= narrow[1] <= high
    assert aggregate_interval(interquartile_mean, np.full((3, 4), 0.5)) == (0.5, 0.5)


def test_each_problem_draws_its_own_seeds():
    """Drawn together, errors that cancel would cancel in every draw."""
    runs = np.array([[-1.0, 1.0, -1.0, 1.0], [1.0, -1.0, 1.0, -1.0]])
    low, high = aggregate_interval(interquartile_mean, runs)
    assert low < -0.4
    assert high > 0.4


def test_the_interval_of_an_interquartile_mean_holds_it():
    """Of normal runs in 95% of all cases, and a little less often for few runs, as percentiles do."""
    x = np.random.default_rng(0).normal(size=(300, 5, 10))
    bounds = np.array([aggregate_interval(interquartile_mean, runs) for runs in x])
    assert 0.88 < np.mean((bounds[:, 0] <= 0) & (bounds[:, 1] >= 0)) < 0.97


@pytest.mark.parametrize("runs", [np.zeros((0, 3)), np.zeros((3, 1)), np.zeros((3, 0)), [[NAN] + 7 * [1.0]]])
def test_too_little_for_an_interval(runs):
    assert aggregate_interval(interquartile_mean, runs) == pytest.approx((NAN, NAN), nan_ok=True)


def test_the_interval_of_an_improvement_holds_it():
    """Of equal rows with 20 seeds in 95% of all cases."""
    x = np.random.default_rng(0).normal(size=(200, 2, 5, 20))
    bounds = np.array([improvement_interval(*pair) for pair in x])
    held = ((bounds[:, 0] <= 0.5) & (bounds[:, 1] >= 0.5)).mean()
    assert held == pytest.approx(0.94, abs=3 * math.sqrt(0.05 * 0.95 / 200))
