"""Error feedback: iterates of the formula, what makes which method which other, and what is counted."""

import json

import numpy as np
import pytest

from runner.data.streams import numbers
from runner.parts.calculations.compressed_gradients import compressed_gradients, largest, plan, problem, round_of
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "single_tasks" / "compressed_gradients.json").read_text())
PLAIN = {
    "method": "ef21", "workers": 4, "features": 4, "kept": 1, "heterogeneity": 10.0, "hard": 1, "tolerance": 1e-4,
    "rounds": 5000,
}  # fmt: skip


def found(**keys):
    return compressed_gradients(numbers("calculation", 0), **{**PLAIN, **keys})


def iterates(functions, x, weights, step, kept, rounds):
    sent, points = None, []
    for _ in range(rounds):
        x, sent = round_of(x, sent, functions, weights, step, kept)
        points.append(x)
    return np.array(points)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("method", ["ef21", "ef21_w"])
def test_steps_and_iterates_are_the_formula(case, method):
    matrices = np.array([np.diag(row) for row in case["inputs"]["diagonals"]])
    linear, said = np.array(case["inputs"]["linear"]), method.replace("_", "")
    weights, step = plan(matrices, case["hyper"]["top_k"], method)
    assert step == pytest.approx(case["output"][f"step_{said}"], rel=1e-12)
    points = iterates((matrices, linear), np.array(case["inputs"]["x0"]), weights, step, case["hyper"]["top_k"], 3)
    assert points == pytest.approx(np.array(case["output"][f"iterates_{said}"]), rel=1e-12)


def test_weights_alone_change_no_iterate():
    """Top-k does not mind a scale: of one step, both are one method."""
    functions = problem(np.random.default_rng(0), 5, 6, np.array([1.0, 2.0, 3.0, 10.0, 50.0]))
    weights, step = plan(functions[0], 2, "ef21_w")
    weighted = iterates(functions, np.ones(6), weights, step, 2, 20)
    assert iterates(functions, np.ones(6), np.full(5, 0.2), step, 2, 20) == pytest.approx(weighted, abs=1e-12)


def test_all_kept_is_gradient_descent():
    functions = problem(np.random.default_rng(0), 3, 4, np.array([1.0, 2.0, 5.0]))
    steps = [plan(functions[0], 4, method)[1] for method in ("ef21", "ef21_w", "gradient_descent")]
    assert steps == pytest.approx([steps[2]] * 3)
    x = np.ones(4)
    for point in iterates(functions, np.ones(4), np.full(3, 1 / 3), steps[0], 4, 5):
        x = x - steps[0] * (functions[0].mean(axis=0) @ x - functions[1].mean(axis=0))
        assert point == pytest.approx(x, abs=1e-12)


def test_at_the_optimum_with_exact_gradients_nothing_moves():
    functions = problem(np.random.default_rng(0), 3, 4, np.array([1.0, 2.0, 5.0]))
    best = np.linalg.solve(functions[0].mean(axis=0), functions[1].mean(axis=0))
    for method in ("ef21", "ef21_w"):
        points = iterates(functions, best, *plan(functions[0], 1, method), 1, 10)
        assert points == pytest.approx(np.tile(best, (10, 1)), abs=1e-10)


def test_the_order_of_workers_counts_for_nothing():
    matrices, linear = problem(np.random.default_rng(0), 3, 4, np.array([1.0, 2.0, 5.0]))
    order = [2, 0, 1]
    one, two = (
        iterates((a, b), np.ones(4), *plan(a, 1, "ef21_w"), 1, 10)
        for a, b in ((matrices, linear), (matrices[order], linear[order]))
    )
    assert one == pytest.approx(two, abs=1e-12)


def test_workers_that_are_alike_make_both_one():
    assert found(heterogeneity=1.0) == pytest.approx(found(heterogeneity=1.0, method="ef21_w"), abs=1e-9)
    assert found(heterogeneity=10.0, method="ef21_w")["log10_bits"] < found(heterogeneity=10.0)["log10_bits"]


def test_bits_are_rounds_times_places_times_their_cost():
    for method, kept, place in (("ef21", 1, 66), ("ef21_w", 2, 66), ("gradient_descent", 1, 64)):
        each = found(method=method, kept=kept)
        count = 4 if method == "gradient_descent" else kept
        assert each["log10_bits"] - each["log10_rounds"] == pytest.approx(np.log10(count * place))


def test_rounds_are_the_first_with_a_small_gradient():
    draws = numbers("calculation", 0)
    functions = problem(draws, 4, 4, np.array([10.0, 1.0, 1.0, 1.0]))
    count = round(10 ** found()["log10_rounds"])
    points = iterates(functions, np.zeros(4), *plan(functions[0], 1, "ef21"), 1, count)
    slopes = points @ functions[0].mean(axis=0) - functions[1].mean(axis=0)
    small = (slopes**2).sum(axis=1) < 1e-4
    assert small[-1]
    assert not small[:-1].any()
    assert found(rounds=count - 1)["log10_rounds"] == np.inf


def test_the_largest_places_are_kept():
    assert largest(np.array([[1.0, -3.0, 2.0], [0.5, 0.1, -0.2]]), 2).tolist() == [[0, -3, 2], [0.5, 0, -0.2]]


def test_matrices_have_the_smoothness_that_is_asked_for():
    matrices, _ = problem(np.random.default_rng(0), 3, 4, np.array([1.0, 2.0, 5.0]))
    assert np.linalg.eigvalsh(matrices)[:, -1] == pytest.approx([1, 2, 5])
    assert np.linalg.eigvalsh(matrices)[:, 0].min() > 0


def test_more_places_than_features_are_refused():
    with pytest.raises(ValueError, match="kept: 5 of 4 features"):
        found(kept=5)
