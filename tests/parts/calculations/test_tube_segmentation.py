"""Projections of volumes: values of the loss, laws of it, what tubes are, and what training finds."""

import json

import numpy as np
import pytest
import torch

from runner.data.streams import numbers
from runner.parts.calculations.tube_segmentation import (
    around,
    components,
    dice_loss,
    made,
    projected_loss,
    tube,
    tube_segmentation,
)
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "single_tasks" / "tube_segmentation.json").read_text())
KEYS = {"weight": 1.0, "axes": 3, "size": 8, "tubes": 1, "noise": 0.2, "volumes": 8}


def given(case):
    return [torch.tensor(case["inputs"][key], dtype=torch.float64)[None] for key in ("p", "y")]


@pytest.mark.parametrize("case", CASES)
def test_values_of_the_volume_and_of_each_projection(case):
    p, y = given(case)
    smooth, weight = case["hyper"]["smooth"], case["hyper"]["weight"]
    assert dice_loss(p, y, smooth).item() == pytest.approx(case["output"]["volume"])
    for axis, wanted in enumerate(case["output"]["mip"]):
        assert dice_loss(p.amax(axis + 1), y.amax(axis + 1), smooth).item() == pytest.approx(wanted)
    assert projected_loss(p, y, weight, 3).item() == pytest.approx(case["output"]["total_multi_axis"])
    single = case["output"]["volume"] + 0.5 * case["output"]["mip"][0]
    assert projected_loss(p, y, 0.5, 1).item() == pytest.approx(single)
    assert projected_loss(p, y, 0.0, 3).item() == pytest.approx(case["output"]["volume"])


def test_a_volume_has_its_own_loss_whatever_is_beside_it_and_three_axes_are_alike():
    p, y = (torch.cat(both) for both in zip(*(given(case) for case in CASES), strict=True))
    found = projected_loss(p, y, 1.0, 3)
    assert found.tolist() == pytest.approx([projected_loss(*given(case), 1.0, 3).item() for case in CASES])
    turned = projected_loss(p.movedim(1, 3), y.movedim(1, 3), 1.0, 3)
    assert turned.tolist() == pytest.approx(found.tolist())


def test_the_truth_has_no_loss_and_the_gradient_points_at_it():
    _, y = given(CASES[0])
    assert projected_loss(y, y, 1.0, 3).item() == pytest.approx(0)
    p = (0.8 * y + 0.1).requires_grad_()
    projected_loss(p, y, 1.0, 3).sum().backward()
    assert (p.grad[y == 1] < 0).all()
    assert (p.grad[y == 0] > 0).all()


def test_a_tube_is_one_thin_component_from_end_to_end():
    draws = numbers("calculation", 0)
    for _ in range(20):
        inside, intensity = tube(draws, 12)
        assert inside.any((1, 2)).all()
        assert inside.sum((1, 2)).max() <= 5
        assert components(inside) == 1
        assert 0.4 <= intensity.min() <= intensity.max() <= 1.0


def test_volumes_are_signal_and_noise():
    x, y = made(numbers("calculation", 0), 6, 12, 2, 0.1)
    assert set(y.unique().tolist()) == {0.0, 1.0}
    assert x[y == 0].std().item() == pytest.approx(0.1, rel=0.05)
    assert abs(x[y == 0].mean().item()) < 0.01
    assert 0.4 < x[y == 1].mean() < 1.0


def test_around_a_voxel_are_its_neighbours():
    x = torch.arange(27, dtype=torch.float64).reshape(1, 3, 3, 3)
    assert around(x)[0, 1, 1, 1].tolist() == list(range(27))
    assert around(x)[0, 0, 0, 0].sum() == x[0, :2, :2, :2].sum()


def test_components_touch_by_corners():
    found = np.zeros((4, 4, 4))
    found[0, 0, 0] = found[1, 1, 1] = found[3, 3, 3] = 1
    assert components(found) == 2


def test_training_finds_tubes():
    few, many = (tube_segmentation(numbers("calculation", 0), epochs=epochs, **KEYS) for epochs in (1, 20))
    assert many["dice"] > max(0.7, few["dice"])
