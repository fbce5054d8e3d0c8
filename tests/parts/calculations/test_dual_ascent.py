"""Dual ascent: known multipliers, the law of the average, and what a constraint costs."""

import json

import numpy as np
import pytest

from runner.data.streams import numbers
from runner.parts.calculations.dual_ascent import SHARES, ascent, dual_ascent, people
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "theory" / "dual_ascent.json").read_text())
SIZES = {"width": 8, "examples": 60, "rounds": 20, "steps": 5, "lr": 0.03, "dual_lr": 1.0}


def of(seed=0, **others):
    return dual_ascent(numbers("calculation", seed), **{"iterate": "last", "allowed": 0.05} | SIZES | others)


@pytest.mark.parametrize("case", CASES)
def test_multipliers_of_a_problem_with_a_closed_form(case):
    """The least (x - a)^2 with x <= c: x = a - m / 2."""
    a, c = case["inputs"]["a"], case["inputs"]["c"]
    multipliers, excesses = ascent(lambda m: a - m / 2 - c, 0.5, 60)
    assert multipliers[:4] == pytest.approx(case["output"]["lams"])
    assert multipliers[-1] == pytest.approx(case["output"]["lam_star"], rel=1e-6)
    assert excesses[-1] + c == pytest.approx(case["output"]["x_star"], abs=1e-6)


def test_a_multiplier_is_never_below_zero():
    assert ascent(lambda m: -1.0, 0.5, 3)[0] == [0, 0, 0]


def test_the_average_exceeds_by_the_multiplier_over_the_rounds():
    """Exactly, where no multiplier was cut off at 0."""
    found = of(iterate="average", allowed=0.0)
    assert found["multiplier"] > 0.1
    assert found["violation"] == found["gap"] == pytest.approx(found["multiplier"] / 20, rel=1e-9)
    slow = of(iterate="average", allowed=0.0, dual_lr=0.5)
    assert slow["violation"] == pytest.approx(slow["multiplier"] / 10, rel=1e-9)


def test_a_constraint_lessens_the_gap_and_costs_loss():
    free, bound = of(allowed=1.0), of(allowed=0.0)
    assert (free["violation"], free["multiplier"]) == (0, 0)
    assert free["gap"] > 0.1 > bound["gap"]
    assert free["loss"] < bound["loss"]
    assert bound["violation"] == max(0.0, bound["gap"])


def test_without_a_constraint_the_gap_is_that_of_the_classes():
    """Where these are far apart, as in this instance."""
    _, y, group = people(numbers("calculation", 1).spawn(2)[0], SIZES["examples"])
    apart = y[group == 1].mean() - y[group == 0].mean()
    assert of(seed=1, allowed=1.0, rounds=100)["gap"] == pytest.approx(apart, abs=0.02)


def test_last_is_the_last_of_what_is_averaged():
    one, both = of(iterate="last", rounds=1), [of(iterate=each, rounds=2) for each in ("last", "average")]
    assert both[1]["gap"] == pytest.approx((one["gap"] + both[0]["gap"]) / 2)
    assert both[1]["loss"] == pytest.approx((one["loss"] + both[0]["loss"]) / 2)


def test_class_1_is_more_frequent_in_group_1_and_points_scatter_by_one():
    x, y, group = people(numbers("calculation", 0), 40000)
    assert [y[group == each].mean() for each in (0, 1)] == pytest.approx(SHARES, abs=0.01)
    apart = [x[(group == one) & (y == other)] for one in (0, 1) for other in (0, 1)]
    assert np.array([each.std(0) for each in apart]) == pytest.approx(np.ones((4, 2)), abs=0.03)
    assert min(abs(each.mean(0)).max() for each in apart) > 0.1
