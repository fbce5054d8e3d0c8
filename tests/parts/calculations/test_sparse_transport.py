"""Sparse transport: worked columns, the derivative, both limits of k, and what training leaves of rows."""

import json
from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment, minimize

from runner.data.streams import numbers
from runner.parts.calculations.sparse_transport import largest_on_simplex, semi_dual, sparse_transport
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "transport" / "sparse_transport.json").read_text())
SIZES = {"gamma": 20.0, "n": 20, "m": 15, "iterations": 300}


def problem(n=6, m=5):
    draws = numbers("calculation", 0)
    return draws.normal(size=n), draws.uniform(size=(n, m)), np.full(n, 1 / n), draws.dirichlet(np.ones(m))


@pytest.mark.parametrize("case", CASES)
def test_value_plan_and_gradient_are_worked_out(case):
    alpha, cost, a, b = (np.array(case["inputs"][key]) for key in ("alpha", "cost", "a", "b"))
    value, plan = semi_dual(alpha, cost, a, b, case["hyper"]["gamma"], case["hyper"]["k"])
    assert value == pytest.approx(case["output"]["value"])
    assert plan == pytest.approx(np.array(case["output"]["plan_columns"]))
    assert a - plan.sum(1) == pytest.approx(np.array(case["output"]["gradient"]))


@pytest.mark.parametrize("k", [1, 2, 6])
def test_a_minus_rows_is_the_derivative(k):
    alpha, cost, a, b = problem()
    plan = semi_dual(alpha, cost, a, b, 3.0, k)[1]
    for i, move in enumerate(1e-6 * np.eye(6)):
        rise = semi_dual(alpha + move, cost, a, b, 3.0, k)[0] - semi_dual(alpha - move, cost, a, b, 3.0, k)[0]
        assert rise / 2e-6 == pytest.approx(a[i] - plan[i].sum(), abs=1e-6)


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_shares_are_the_nearest_that_a_search_over_supports_finds(k):
    points = numbers("calculation", 1).normal(size=(4, 1))
    tried = np.random.default_rng(0).dirichlet(np.ones(k), size=2000)
    places = [np.isin(range(4), chosen) for chosen in combinations(range(4), k)]
    nearest = min(
        np.square(points[:, 0][place] - tried).sum(1).min() + np.square(points[:, 0][~place]).sum() for place in places
    )
    found = largest_on_simplex(points, k)
    assert found.sum() == pytest.approx(1)
    assert (found > 0).sum() <= k
    assert nearest - 0.02 <= np.sum((points - found) ** 2) <= nearest + 1e-9


def test_with_one_entry_it_is_the_semi_dual_without_regularization_less_the_square():
    alpha, cost, a, b = problem()
    plain = a @ alpha - b @ (alpha[:, None] - cost).max(axis=0)
    assert semi_dual(alpha, cost, a, b, 3.0, 1)[0] == pytest.approx(plain + 3.0 / 2 * np.sum(b**2))


def test_without_a_limit_it_is_quadratic_transport_and_the_gradient_vanishes_at_its_optimum():
    _, cost, a, b = problem(4, 3)

    def distance(flat):
        plan = flat.reshape(4, 3)
        return np.sum(plan * cost) + 0.5 / 2 * np.sum(plan**2)

    sums = [{"type": "eq", "fun": lambda p: p.reshape(4, 3).sum(1) - a}]
    sums.append({"type": "eq", "fun": lambda p: (p.reshape(4, 3).sum(0) - b)[1:]})  # the first follows
    primal = minimize(distance, np.outer(a, b).ravel(), bounds=[(0, 1)] * 12, constraints=sums, tol=1e-12)

    def dual(alpha):
        value, plan = semi_dual(alpha, cost, a, b, 0.5, 4)
        return -value, plan.sum(1) - a

    best = minimize(dual, np.zeros(4), jac=True, method="L-BFGS-B", options={"ftol": 1e-15, "gtol": 1e-10}).x
    value, plan = semi_dual(best, cost, a, b, 0.5, 4)
    assert value == pytest.approx(primal.fun, abs=1e-7)
    assert plan == pytest.approx(primal.x.reshape(4, 3), abs=1e-3)
    assert a - plan.sum(1) == pytest.approx(0, abs=1e-4)


def test_points_in_another_order_have_the_plan_in_that_order():
    alpha, cost, a, b = problem()
    order = [3, 0, 5, 1, 4, 2]
    value, plan = semi_dual(alpha, cost, a, b, 3.0, 2)
    again, moved = semi_dual(alpha[order], cost[order], a[order], b, 3.0, 2)
    assert again == pytest.approx(value)
    assert moved == pytest.approx(plan[order])


@pytest.mark.parametrize("k", [1, 3, 20])
def test_no_column_has_more_entries_than_it_may(k):
    assert sparse_transport(numbers("calculation", 0), k=k, **SIZES)["most_in_a_column"] <= k


def test_with_little_regularization_the_cost_is_that_of_exact_transport():
    sizes = SIZES | {"n": 15, "gamma": 0.1}
    found = sparse_transport(numbers("calculation", 0), k=15, **sizes)
    draws = numbers("calculation", 0)
    x, y = draws.normal(size=(15, 2)), draws.normal(size=(15, 2)) + 1.0
    cost = np.square(x[:, None] - y).sum(2)
    assert found["cost"] == pytest.approx(cost[linear_sum_assignment(cost)].mean(), rel=0.02)
    assert found["row_error"] < 0.02
