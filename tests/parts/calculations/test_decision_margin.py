"""Margins of optimality: values of the formula, optima by a solver, and what is zero at the true costs."""

import json

import numpy as np
import pytest
import torch
from scipy.optimize import linprog

from runner.data.streams import numbers
from runner.parts.calculations.decision_margin import (
    corners,
    decision_margin,
    margin,
    mean_cost,
    pricing,
    reduced,
    spo_plus,
    trained,
)
from tests.zoo import ROOT

PLAIN = {
    "objective": "margin", "rows": 2, "columns": 5, "features": 3, "degree": 1, "noise": 0.0, "examples": 100,
    "steps": 300, "lr": 0.05, "tested": 300,
}  # fmt: skip


def cases(name):
    return json.loads((ROOT / "tests" / "values" / "single_tasks" / f"{name}.json").read_text())


def loss(matrix, basis, cost):
    """Reduced costs outside a basis, and the margin's loss."""
    outside = np.ones(len(cost), dtype=bool)
    outside[list(basis)] = False
    found = reduced(torch.as_tensor(np.array([cost])), torch.as_tensor(pricing(matrix, basis))[None])
    return found[0, outside].tolist(), margin(found, torch.as_tensor(outside)[None]).item(), found[0]


@pytest.mark.parametrize("case", cases("decision_simplex"))
def test_on_the_simplex_it_is_a_sum_of_hinges(case):
    cost = case["inputs"]["cost"]
    costs, total, _ = loss(np.ones((1, len(cost))), [case["inputs"]["optimal_vertex"]], cost)
    assert costs == pytest.approx(case["output"]["reduced_costs"], abs=1e-12)
    assert total == pytest.approx(case["output"]["loss"], abs=1e-12)


@pytest.mark.parametrize("case", cases("decision_basis"))
def test_reduced_costs_of_a_basis_are_the_formula(case):
    costs, total, every = loss(np.array(case["inputs"]["A"]), case["inputs"]["basis"], case["inputs"]["cost"])
    assert costs == pytest.approx(case["output"]["reduced_costs"], abs=1e-12)
    assert total == pytest.approx(case["output"]["loss"], abs=1e-12)
    assert every[case["inputs"]["basis"]].tolist() == pytest.approx([0, 0], abs=1e-12)


def program(seed=0, rows=2, columns=6):
    draws = np.random.default_rng(seed)
    matrix = draws.uniform(0.1, 1.0, (rows, columns))
    bound = matrix @ draws.uniform(0.1, 1.0, columns)
    return matrix, bound, draws.normal(size=(20, columns))


def test_the_best_corner_is_that_of_a_solver_and_its_reduced_costs_are_positive():
    matrix, bound, costs = program()
    places = corners(matrix, bound)
    for cost, best in zip(costs, places.best(costs), strict=True):
        assert cost @ places.x[best] == pytest.approx(linprog(cost, A_eq=matrix, b_eq=bound).fun, abs=1e-9)
        assert min(loss(matrix, places.basis[best], cost)[0]) >= 0


def test_no_other_corner_has_reduced_costs_that_are_all_positive():
    matrix, bound, costs = program()
    places = corners(matrix, bound)
    optimal = [min(loss(matrix, basis, costs[0])[0]) >= 0 for basis in places.basis]
    assert np.flatnonzero(optimal).tolist() == [places.best(costs[:1])[0]]


def test_at_true_costs_of_a_large_enough_scale_the_margin_has_no_loss_and_no_gradient():
    matrix, bound, costs = program()
    places = corners(matrix, bound)
    best = places.best(costs)
    prices = torch.as_tensor(np.stack([pricing(matrix, basis) for basis in places.basis])[best])
    predicted = torch.as_tensor(1e6 * costs).requires_grad_()
    total = margin(reduced(predicted, prices), torch.as_tensor(places.x[best] == 0))
    (slope,) = torch.autograd.grad(total.sum(), predicted)
    assert total.tolist() == [0] * 20
    assert slope.abs().max() == 0


def test_spo_plus_is_never_less_than_the_regret_and_nothing_at_true_costs():
    matrix, bound, costs = program()
    places = corners(matrix, bound)
    best, x = places.best(costs), torch.as_tensor(places.x)
    predicted = np.random.default_rng(5).normal(size=costs.shape)
    found = spo_plus(torch.as_tensor(predicted), torch.as_tensor(costs), x, torch.as_tensor(best)).numpy()
    regret = (costs * (places.x[places.best(predicted)] - places.x[best])).sum(axis=1)
    assert (found >= regret - 1e-12).all()
    assert (regret > 0).any()
    true = torch.as_tensor(costs).requires_grad_()
    total = spo_plus(true, torch.as_tensor(costs), x, torch.as_tensor(best))
    assert total.detach().numpy() == pytest.approx(0, abs=1e-12)
    (slope,) = torch.autograd.grad(total.sum(), true)
    assert slope.abs().max() < 1e-12


def test_costs_are_those_of_the_formula():
    z, mixing = np.array([[1.0, 2.0, 3.0, 4.0]]), np.array([[1, 0, 1, 0], [0, 0, 0, 0]])
    assert mean_cost(z, mixing, 2).tolist() == [[26.0, 10.0]]  # (4 / 2 + 3)^2 + 1, 3^2 + 1


@pytest.mark.parametrize(("objective", "least"), [("margin", 0.01), ("spo_plus", 0.01), ("squared", 1e-12)])
def test_linear_costs_without_noise_are_learned(objective, least):
    assert decision_margin(numbers("calculation", 0), **{**PLAIN, "objective": objective})["regret"] < least


def test_the_margin_sees_the_best_corners_alone():
    """Costs of twice the size, or with a multiple of the constraints added to them, have the same optima."""
    matrix, bound, costs = program()
    places, z = corners(matrix, bound), np.random.default_rng(1).normal(size=(20, 3))
    moved = 2 * costs + np.array([0.3, -0.2]) @ matrix
    one, two = (trained("margin", matrix, places, z, each, 20, 0.1) for each in (costs, moved))
    assert one.tolist() == two.tolist()
    one, two = (trained("spo_plus", matrix, places, z, each, 20, 0.1) for each in (costs, moved))
    assert one.tolist() != two.tolist()


def test_the_order_of_examples_counts_for_nothing():
    matrix, bound, costs = program()
    places, z, order = corners(matrix, bound), np.random.default_rng(1).normal(size=(20, 3)), np.arange(20)[::-1]
    one, two = (trained("margin", matrix, places, z[at], costs[at], 20, 0.1) for at in (np.arange(20), order))
    assert one == pytest.approx(two, abs=1e-9)


def test_no_freedom_is_refused():
    with pytest.raises(ValueError, match="rows: 5 of 5 columns"):
        decision_margin(numbers("calculation", 0), **{**PLAIN, "rows": 5})
