"""Flow networks for two goals: values of released code, fronts and hypervolumes by counting, what training finds."""

import json

import numpy as np
import pytest
import torch

from runner.data.streams import numbers
from runner.parts.calculations import _flow_objectives as objectives
from runner.parts.calculations._flow_world import flows, grid, stopped, uniform
from runner.parts.calculations.flow_front import (
    Conditioned,
    branin,
    branin_currin,
    bumps,
    currin,
    flow_front,
    hypervolume,
)
from tests.zoo import ROOT

PLAIN = {
    "objective": "order_preserving", "goals": "bumps", "side": 4, "peaks": 1, "beta": 4.0, "thermometer": 2,
    "steps": 80, "batch_size": 16, "lr": 0.1, "lr_flow": 0.1, "drawn": 8,
}  # fmt: skip


def cases(name):
    return json.loads((ROOT / "tests" / "values" / "flow_networks" / f"{name}.json").read_text())


def tensor(values):
    return torch.tensor(values, dtype=torch.float64)


@pytest.mark.parametrize("case", cases("pareto_order"))
def test_the_order_of_a_front_is_that_of_released_code(case):
    goals, predicted = tensor(case["inputs"]["rewards"]), tensor(case["inputs"]["predicted_log_reward"])
    assert objectives.non_dominated(goals).int().tolist() == case["output"]["non_dominated"]
    found = objectives.pareto_order(predicted.requires_grad_(), goals)
    (slope,) = torch.autograd.grad(found, predicted)
    assert found.item() == pytest.approx(case["output"]["loss"], abs=1e-12)
    assert slope.tolist() == pytest.approx(case["output"]["gradient"], abs=1e-12)


@pytest.mark.parametrize("case", cases("total_order"))
def test_a_total_order_is_that_of_released_code(case):
    said = {name: torch.tensor(value) for name, value in case["inputs"].items()}
    found = objectives.total_order(
        said["predicted_log_reward"].double(), tensor(case["inputs"]["log_reward"]), said["permutation"]
    )
    assert found.item() == pytest.approx(case["output"]["loss"], abs=1e-7)


def test_equal_goals_of_a_total_order_ask_for_equal_predictions():
    goal, order = tensor([1.0, 1.0 + 1e-7]), torch.tensor([1, 0])
    for gap, least in ((0.0, True), (0.5, False)):
        found = objectives.total_order(tensor([gap, 0.0]), goal, order).item()
        assert (found == pytest.approx(np.log(2))) == least


@pytest.mark.parametrize("case", cases("scalarised"))
def test_a_sum_of_goals_is_the_formula(case):
    found = objectives.scalarised(
        tensor(case["inputs"]["rewards"]), tensor(case["inputs"]["preference"]), case["hyper"]["beta"]
    )
    assert found.tolist() == pytest.approx(case["output"]["log_reward"], abs=1e-12)


def test_equal_vectors_of_goals_do_not_dominate_each_other():
    goals = tensor([[1.0, 0.0], [1.0, 0.0], [0.5, 0.0], [0.0, 1.0]])
    assert objectives.non_dominated(goals).tolist() == [True, True, False, True]


def test_orders_do_not_depend_on_the_order_of_a_batch_nor_on_the_size_of_goals():
    draws = np.random.default_rng(0)
    goals, predicted, order = tensor(draws.uniform(size=(9, 2))), tensor(draws.normal(size=9)), draws.permutation(9)
    found = objectives.pareto_order(predicted, goals).item()
    assert objectives.pareto_order(predicted[order], goals[order]).item() == pytest.approx(found, rel=1e-12)
    assert objectives.pareto_order(predicted + 5, goals.exp() * 3).item() == pytest.approx(found, rel=1e-12)


def test_a_law_of_the_front_alone_is_the_least_order_loss():
    """At uniform predictions on the front, and none elsewhere, the loss is log of its size, with no gradient."""
    goals = tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [0.9, 0.9]])
    predicted = tensor([0.0, 0.0, -800.0, 0.0]).requires_grad_()
    found = objectives.pareto_order(predicted, goals)
    (slope,) = torch.autograd.grad(found, predicted)
    assert found.item() == pytest.approx(np.log(3))
    assert slope.abs().max() < 1e-12


def test_hypervolume_is_the_mean_over_all_draws():
    values, law = np.array([[0.2, 0.9], [0.5, 0.5], [0.9, 0.1]]), np.array([0.5, 0.3, 0.2])

    def area(points):
        ends = np.array([values[point] for point in points])
        marks = np.linspace(0.0005, 0.9995, 1000)
        inside = (ends[:, 0, None, None] >= marks[:, None]) & (ends[:, 1, None, None] >= marks)
        return inside.any(axis=0).mean()

    mean = sum(law[i] * law[j] * area([i, j]) for i in range(3) for j in range(3))
    assert hypervolume(values, law, 2) == pytest.approx(mean, abs=1e-9)
    assert hypervolume(values, law, np.inf) == pytest.approx(0.2 * 0.9 + 0.3 * 0.5 + 0.4 * 0.1)


def test_functions_have_their_published_extremes():
    """Branin: 0.397887 at (pi, 2.275) of its own square; Currin: 13.7987 at (0.216667, 0)."""
    assert branin((np.pi + 5) / 15, 2.275 / 15) == pytest.approx(0.397887, abs=1e-6)
    assert currin(np.array(0.21666667), np.array(0.0)) == pytest.approx(13.7987, abs=1e-4)
    for values in (branin_currin(8), bumps(np.random.default_rng(0), 8, 2)):
        assert values.shape == (64, 2)
        assert values.min() >= 0.1 - 1e-12
        assert values.max() <= 1 + 1e-12
    assert branin_currin(8).max(axis=0) == pytest.approx([1, 1])


def test_a_bump_is_largest_at_its_middle():
    draws = np.random.default_rng(0)
    values = bumps(draws, 30, 1)
    middle = np.random.default_rng(0).uniform(size=(2, 1, 1, 2))
    for goal in range(2):
        assert np.array(divmod(values[:, goal].argmax(), 30)) / 29 == pytest.approx(middle[goal, 0, 0], abs=1 / 29)


def test_a_preference_is_read_by_its_thermometer():
    world = grid(2)
    tables = Conditioned(world, 4)
    tables.log_z.data = tensor([1.0, 4.0, 8.0, 16.0])
    assert tables.first(np.array([0.0, 0.2, 0.25, 0.6, 0.75, 1.0])).tolist() == [1, 1, 2, 4, 8, 8]
    tables.logits.data[0, 0, 0], tables.logits.data[2, 0, 0] = 1.0, 4.0
    odds = tables.policy(np.array([0.1, 0.9])).exp()[:, 0]
    assert (odds[:, 0] / odds[:, 1]).log().tolist() == pytest.approx([1.0, 2.0])


def test_the_law_is_the_mean_over_preferences():
    world = grid(3)
    tables = Conditioned(world, 2)
    tables.logits.data = torch.as_tensor(np.random.default_rng(0).normal(size=tables.logits.shape))
    every = [stopped(world, policy) for policy in tables.policy((np.arange(50) + 0.5) / 50).detach().numpy()]
    assert tables.law() == pytest.approx(np.mean(every, axis=0), abs=1e-12)


def test_without_training_the_law_is_the_uniform_policy():
    found = flow_front(numbers("calculation", 0), **{**PLAIN, "objective": "uniform"})
    world, problem = grid(4), numbers("calculation", 0).spawn(3)[0]
    values = bumps(problem, 4, 1)
    front = objectives.non_dominated(tensor(values)).numpy()
    law = stopped(world, uniform(world.may()))
    assert found["front_mass"] == pytest.approx(law[front].sum())
    assert found["coverage"] == pytest.approx(np.mean(1 - (1 - law[front]) ** 8))
    best = hypervolume(values, front / front.sum(), np.inf)
    assert found["hypervolume"] == pytest.approx(hypervolume(values, law, 8) / best)


def test_balance_of_a_sum_of_goals_comes_near_to_its_exact_law():
    said = {**PLAIN, "objective": "scalarised", "steps": 120}
    found = flow_front(numbers("calculation", 0), **said)["front_mass"]
    values = bumps(numbers("calculation", 0).spawn(3)[0], 4, 1)
    front = objectives.non_dominated(tensor(values)).numpy()
    reward = values.mean(axis=1) ** 4
    assert found == pytest.approx(reward[front].sum() / reward.sum(), abs=0.05)
    policy = flows(grid(4), np.log(reward), uniform(grid(4).has()))[1]
    assert stopped(grid(4), policy)[front].sum() == pytest.approx(reward[front].sum() / reward.sum())


def test_an_order_is_learned():
    uniformly = flow_front(numbers("calculation", 0), **{**PLAIN, "objective": "uniform"})
    assert flow_front(numbers("calculation", 0), **PLAIN)["front_mass"] > 2 * uniformly["front_mass"]


def test_an_object_of_more_paths_does_not_come_more_often(monkeypatch):
    """Two corners of a grid are the front; six paths lead to one of them, and one to the other."""
    values = np.full((9, 2), 0.1)
    values[8], values[2] = [1.0, 0.2], [0.2, 1.0]
    monkeypatch.setattr("runner.parts.calculations.flow_front.bumps", lambda *_: values)
    found = flow_front(numbers("calculation", 0), **{**PLAIN, "side": 3, "drawn": 2})
    squares = 2 * found["front_mass"] - 2 * found["coverage"]  # of both probabilities
    assert found["front_mass"] > 0.5
    assert squares / found["front_mass"] ** 2 == pytest.approx(0.5, abs=0.05)


def test_one_table_for_all_preferences_is_asked_for_by_no_other_objective():
    one, two = (flow_front(numbers("calculation", 0), **{**PLAIN, "thermometer": k, "steps": 5}) for k in (1, 3))
    assert one == two
    said = {**PLAIN, "objective": "conditioned", "steps": 5}
    one, two = (flow_front(numbers("calculation", 0), **{**said, "thermometer": k}) for k in (1, 3))
    assert one != two
