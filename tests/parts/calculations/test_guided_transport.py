"""Guided transport: the energy distance of classes by values and limits, moons and their places, and training."""

import json

import numpy as np
import pytest
import torch

from runner.data.streams import numbers
from runner.parts.calculations.guided_transport import guidance, guided_transport, moons, nearest_moon, turned
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "transport" / "guided_transport.json").read_text())
SIZES = {"weight": 1.0, "noise": 0.05, "batch_size": 32, "lr": 0.02, "width": 8, "tested": 60}
CLASSES = np.arange(40) % 2


def points(seed, count=40):
    return torch.tensor(numbers("calculation", seed).normal(size=(count, 2)))


@pytest.mark.parametrize("case", CASES)
def test_the_functional_is_worked_out(case):
    mapped, target = (torch.tensor(case["inputs"][key], dtype=torch.float64) for key in ("mapped", "target"))
    classes = (np.array(case["inputs"][key]) for key in ("class_of_mapped", "class_of_target"))
    ours, theirs = classes
    assert guidance(mapped, ours, target, theirs, 1).item() == pytest.approx(case["output"]["F"])


def test_with_squares_it_is_twice_the_squared_distance_of_means():
    x, y = points(0), points(1)
    off = [(x[start::2].mean(0) - y[start::2].mean(0)).square().sum().item() for start in (0, 1)]
    assert guidance(x, CLASSES, y, CLASSES, 2).item() == pytest.approx(np.mean(2 * np.array(off)))


@pytest.mark.parametrize("power", [1, 2])
def test_it_and_its_gradient_vanish_where_classes_are_the_same_points_in_any_order(power):
    x = points(0)
    order = torch.randperm(40, generator=torch.Generator().manual_seed(0))
    to = x[order].requires_grad_()
    found = guidance(to, CLASSES[order.numpy()], x, CLASSES, power)
    found.backward()
    assert found.item() == pytest.approx(0, abs=1e-12)
    assert to.grad.abs().max().item() < 1e-12
    assert guidance(x, 1 - CLASSES, x, CLASSES, power).item() > 1e-3


def test_moons_lie_where_they_are_to_lie_and_change_places_by_half_a_turn():
    found = moons(numbers("calculation", 0), CLASSES, 0.0)
    assert np.hypot(*(found[CLASSES == 0] + [0.5, 0.25]).T) == pytest.approx(1)
    assert (found[CLASSES == 0] + [0.5, 0.25])[:, 1].min() >= 0
    for turn in (0.0, 90.0, -30.0):
        assert np.array_equal(nearest_moon(turned(found, turn), turn), CLASSES)
    assert np.array_equal(nearest_moon(turned(found, 180.0), 0.0), 1 - CLASSES)
    assert turned(np.array([[1.0, 0.0]]), 90.0) == pytest.approx(np.array([[0.0, 1.0]]), abs=1e-12)


def test_who_is_told_the_classes_brings_more_points_to_the_moon_of_their_class():
    told, blind = (
        guided_transport(numbers("calculation", 0), cost=cost, power=1, turn=180.0, steps=25, **SIZES)
        for cost in ("classes", "quadratic")
    )
    assert told["class_accuracy"] > blind["class_accuracy"] + 0.2
    assert told["w2_floor"] == blind["w2_floor"]


def test_a_heavy_quadratic_cost_leaves_points_where_they_are():
    heavy = SIZES | {"weight": 1000.0}
    found = guided_transport(numbers("calculation", 0), cost="quadratic", power=1, turn=180.0, steps=40, **heavy)
    assert found["class_accuracy"] < 0.2
