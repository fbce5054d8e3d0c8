"""Digits class by class: losses, projection and penalty on reference values, and which keys make two rules one."""

import json

import numpy as np
import pytest
import torch

from runner.compose.command_line import compose_cells
from runner.data.streams import numbers
from runner.parts.calculations._class_tasks import accuracy, average_accuracy, class_tasks, forgetting, remembered
from runner.parts.calculations._continual import contrast, contrasted, cross_entropy, projected
from runner.parts.calculations._importance import Importance, layer_weights, layers_of, path_importance, penalty
from runner.parts.calculations._network import Network
from runner.parts.calculations.continual_classes import continual_classes
from tests.zoo import ROOT

EXACT = {"rtol": 1e-12, "atol": 1e-15}


def values(name):
    return json.loads((ROOT / "tests" / "values" / "single_tasks" / f"{name}.json").read_text())


def double(numbers_of):
    return torch.tensor(numbers_of, dtype=torch.float64)


def measured(**changed):
    (cell,) = compose_cells(["calculation=continual_classes"], multirun=False)
    keys = {key: value for key, value in cell.config["calculation"].items() if key != "_target_"}
    small = {"train_size": 200, "hidden": 8, "epochs": 1}
    return continual_classes(numbers("calculation", 0), **{**keys, **small, **changed})


@pytest.mark.parametrize("case", values("continual_contrast"))
def test_contrast_and_its_gradient(case):
    energies = double(case["inputs"]["energies_positive_then_negative"]).requires_grad_()
    found = contrast(energies)
    torch.testing.assert_close(found.detach(), double(case["output"]["per_example"]), **EXACT)
    found.mean().backward()
    torch.testing.assert_close(energies.grad, double(case["output"]["gradient_of_mean"]), **EXACT)


@pytest.mark.parametrize("case", values("continual_gradients"))
def test_a_gradient_is_projected_where_it_goes_against_the_reference(case):
    found = projected(double(case["inputs"]["gradient"]), double(case["inputs"]["reference"]))
    torch.testing.assert_close(found, double(case["output"]["projected"]), **EXACT)


@pytest.mark.parametrize("case", values("path_importance"))
def test_importance_of_a_path(case):
    kept = Importance(torch.tensor([0, 0]), 1.0, "equal", case["hyper"]["xi"])
    for gradient, step in zip(double(case["inputs"]["gradients"]), double(case["inputs"]["steps"]), strict=True):
        kept.record(gradient, step)
    torch.testing.assert_close(kept.contribution, double(case["output"]["omega"]), **EXACT)
    kept.switch()
    torch.testing.assert_close(kept.total, double(case["output"]["importance"]), **EXACT)


@pytest.mark.parametrize("case", values("importance_penalty"))
def test_layers_are_weighed_and_moves_cost(case):
    theta, before, importance = (
        double([*one[0], *one[1]]) for one in map(case["inputs"].get, ("theta", "theta_before", "importance"))
    )
    layer = torch.tensor([0, 0, 0, 1, 1])
    weights = layer_weights(importance, layer)
    torch.testing.assert_close(weights, double(case["output"]["layer_weights"]), **EXACT)
    found = penalty(theta - before, importance, weights, layer)
    torch.testing.assert_close(found, double(case["output"]["penalty"]), **EXACT)


def test_the_gradient_of_a_penalty_is_the_derivative_and_layers_may_be_alike():
    """Two layers, the first with importance 2 and 1, the second with 1; the penalty has weight 3."""
    for layers, of_first in (("equal", 0.5), ("importance", np.exp(3) / (np.exp(3) + np.e))):
        kept = Importance(torch.tensor([0, 0, 1]), 3.0, layers, 0.1)
        kept.total, kept.moved = double([2.0, 1.0, 1.0]), double([0.5, -1.0, 2.0])
        expected = 3 * 2 * np.array([of_first * 2 * 0.5, -of_first, (1 - of_first) * 2])
        assert kept.gradient().numpy() == pytest.approx(expected, rel=1e-12)


def test_importance_adds_up_over_tasks_is_never_negative_and_begins_anew():
    kept = Importance(torch.tensor([0, 1]), 1.0, "equal", 1.0)
    for _ in range(2):
        kept.record(double([-2.0, 2.0]), double([1.0, 1.0]))
        kept.switch()
    assert kept.total.tolist() == [2.0, 0.0]
    assert kept.moved.tolist() == kept.contribution.tolist() == [0.0, 0.0]
    assert path_importance(double([-1.0]), double([1.0]), 1.0).tolist() == [0.0]


def test_each_weight_has_its_layer():
    network = Network(numbers("calculation", 0), (2, 3, 1), ["relu"])
    assert layers_of(network).tolist() == [0] * 6 + [1] * 3 + [0] * 3 + [1]


def test_a_gradient_that_does_not_go_against_the_reference_stays():
    gradient = double([1.0, 2.0])
    for reference in ([1.0, 0.0], [2.0, -1.0], [0.0, 0.0]):
        assert projected(gradient, double(reference)).tolist() == [1.0, 2.0]


def test_contrast_is_cross_entropy_between_two_classes_of_which_the_other_is_drawn_among_those_of_the_task():
    outputs, classes = double(numbers("calculation", 1).normal(size=(600, 10))), torch.arange(3, 6)
    y = torch.as_tensor(numbers("calculation", 2).integers(3, 6, 600))
    found = contrasted(numbers("calculation", 3), outputs, y, classes)
    for off in classes:  # the loss is cross-entropy of the classes that are left, where the right one is among them
        loss = cross_entropy(outputs, y, classes[classes != off])
        for label in classes[classes != off]:
            share = torch.isclose(found, loss)[y == label].double().mean()
            assert 0.35 < share < 0.65
    assert found.isfinite().all()


def test_in_tasks_of_two_classes_contrast_is_cross_entropy_over_current_classes():
    assert measured(objective="contrast") == pytest.approx(measured(objective="current"), abs=1e-12)
    assert measured(objective="contrast", tasks=2) != pytest.approx(measured(objective="current", tasks=2), abs=1e-3)


def test_cross_entropy_over_all_classes_and_of_a_permuted_batch():
    outputs, y = double(numbers("calculation", 1).normal(size=(5, 10))), torch.tensor([3, 1, 4, 1, 5])
    found = cross_entropy(outputs, y, torch.arange(10))
    torch.testing.assert_close(found, torch.nn.functional.cross_entropy(outputs, y, reduction="none"), **EXACT)
    order = torch.tensor([4, 2, 0, 1, 3])
    torch.testing.assert_close(cross_entropy(outputs[order], y[order], torch.arange(10)), found[order], **EXACT)


@pytest.mark.parametrize("update", ["replay", "projected"])
def test_new_examples_alone_are_fine_tuning(update):
    """Only where nothing is projected: a gradient of weight 1 may go against that of kept examples."""
    same = measured(update=update, new_weight=1.0) == pytest.approx(measured(), abs=1e-12)
    assert same == (update == "replay")


def test_kept_examples_and_joint_steps_keep_accuracy():
    keys = {"hidden": 30, "tasks": 2, "epochs": 6, "lr": 0.05}
    alone, replay, joint = (measured(update=name, **keys) for name in ("fine_tuning", "replay", "joint"))
    assert alone["forgetting"] > 0.5 > 0.2 > replay["forgetting"] > joint["forgetting"]
    assert alone["minimum_accuracy"] == 0
    assert min(replay["minimum_accuracy"], joint["minimum_accuracy"]) > 0.5
    assert joint["won_back"] > 0.1


def test_a_penalty_of_no_weight_is_none_and_a_heavy_one_holds_the_network():
    keys = {"objective": "current", "tasks": 2}
    assert measured(**keys, layers="importance") == measured(**keys)
    slow = keys | {"hidden": 30, "epochs": 6, "lr": 0.05}
    held, free = measured(**slow, penalty=5.0), measured(**slow)
    assert held["forgetting"] < free["forgetting"]


def test_tasks_have_classes_in_order_and_share_no_image():
    sequence = class_tasks(numbers("calculation", 0), 500, 4)
    assert [task.classes.tolist() for task in sequence] == [[0, 1, 2], [3, 4, 5], [6, 7], [8, 9]]
    assert all(set(y.tolist()) == set(task.classes.tolist()) for task in sequence for _, y in (task.train, task.test))
    assert sum(len(task.train[1]) for task in sequence) == 500
    x, y = remembered(numbers("calculation", 0), sequence[0].train, 4)
    assert y.bincount().tolist() == [4, 4, 4]
    assert all((sequence[0].train[0] == image).all(1).any() for image in x)


def test_accuracies_of_a_sequence_by_hand():
    outputs = double([[3.0, 1.0, 9.0], [0.0, 1.0, 9.0], [5.0, 1.0, 2.0]])
    assert accuracy(outputs, torch.tensor([0, 0, 0]), torch.tensor([0, 1])) == pytest.approx(2 / 3)
    assert accuracy(outputs, torch.tensor([2, 2, 0]), torch.arange(3)) == 1
    found = np.array([[0.9, 0, 0], [0.5, 0.8, 0], [0.6, 0.2, 1.0]])
    assert average_accuracy(found) == pytest.approx(0.6)
    assert forgetting(found) == pytest.approx((0.3 + 0.6) / 2)
    assert forgetting(np.array([[0.5, 0], [0.8, 1.0]])) == pytest.approx(-0.3)
