"""Sinkhorn and Newton steps of four points worked out, where they end, and what dropping entries costs."""

import json

import numpy as np
import pytest

from runner.data.streams import numbers
from runner.parts.calculations.sinkhorn_newton import error, plan_of, quickening, scaled, sinkhorn_newton, stepped
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "theory" / "sinkhorn_newton.json").read_text())


@pytest.mark.parametrize("case", CASES)
def test_a_step_on_the_whole_hessian_is_worked_out(case):
    cost = np.array(case["inputs"]["cost"]) / case["hyper"]["eps"]
    x, y = scaled(cost, case["hyper"]["sinkhorn_steps"])
    assert error(cost, x, y) == pytest.approx(case["output"]["error_after_sinkhorn"], rel=1e-9)
    x, y = stepped(cost, x, y, kept=cost.size)
    assert error(cost, x, y) == pytest.approx(case["output"]["error_after_one_newton"], rel=1e-4)
    assert plan_of(cost, x, y) == pytest.approx(np.array(case["output"]["plan_after_newton"]), rel=1e-5)


def test_both_end_at_the_plan_that_has_its_marginals():
    cost = numbers("calculation", 0).uniform(size=(10, 10)) / 0.2
    x, y = scaled(cost, 2000)
    a, b = scaled(cost, 5)
    for _ in range(8):
        a, b = stepped(cost, a, b, kept=100)
    assert plan_of(cost, a, b) == pytest.approx(plan_of(cost, x, y), abs=1e-10)
    assert error(cost, a, b) < 1e-12


def test_a_hessian_of_its_diagonal_alone_still_climbs():
    cost = numbers("calculation", 0).uniform(size=(10, 10)) / 0.2
    x, y = scaled(cost, 1)

    def value(x, y):
        return (x.sum() + y.sum()) / 10 - plan_of(cost, x, y).sum()

    before = value(x, y)
    x, y = stepped(cost, x, y, kept=1)
    assert value(x, y) > before


def test_costs_are_the_same_whatever_the_steps():
    keys = {"n": 20, "eps": 0.1, "density": 2}
    none = sinkhorn_newton(numbers("calculation", 0), sinkhorn=5, newton=0, **keys)
    some = sinkhorn_newton(numbers("calculation", 0), sinkhorn=5, newton=3, **keys)
    cost = numbers("calculation", 0).uniform(size=(20, 20)) / 0.1
    assert none["log10_error"] == pytest.approx(np.log10(error(cost, *scaled(cost, 5))))
    assert some["log10_error"] < none["log10_error"]


def test_quickening_is_none_at_a_fixed_rate_and_stops_where_rounding_begins():
    assert quickening([1e-1, 1e-2, 1e-3, 1e-4, 1e-5]) == pytest.approx(0)
    assert quickening([1e-1, 1e-2, 1e-4, 1e-8, 1e-16, 1e-16]) == pytest.approx(2.0)  # (2 + 4) / 2 - 1
    assert quickening([1e-3]) == 0
