"""Two frames with normal data between them: values of the objective, its symmetry, its limits, what is normal."""

import json

import numpy as np
import pytest
import torch

from runner.data.streams import numbers
from runner.parts.calculations._normal_digit import normal_digit
from runner.parts.calculations.one_class_frames import fitted, inside, objective, one_class_frames, orthonormal
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "single_tasks" / "one_class_frames.json").read_text())
KEYS = {"train_size": 60, "directions": 3, "eta": 0.01, "lam": 0.001, "steps": 20, "nu": 0.1}


def given(case):
    parts = {key: torch.tensor(value, dtype=torch.float64) for key, value in case["inputs"].items()}
    x = parts.pop("x")
    for part in parts.values():
        part.requires_grad_()
    return x, parts, [(parts["w1"], parts["b1"]), (parts["w2"], parts["b2"])]


@pytest.mark.parametrize("case", CASES)
def test_value_and_gradient_are_those_of_the_program_of_its_authors(case):
    x, parts, frames = given(case)
    value = objective(x, frames, **case["hyper"])
    value.backward()
    assert value.item() == pytest.approx(case["output"]["value"])
    for key, slope in case["output"]["euclidean_gradient"].items():
        assert parts[key].grad.numpy() == pytest.approx(np.array(slope), abs=1e-9)


@pytest.mark.parametrize("case", CASES)
def test_order_of_examples_and_which_frame_is_above_make_no_difference(case):
    x, _, (first, second) = given(case)
    turned = [(-second[0], -second[1]), (-first[0], -first[1])]
    for other, frames in ((x.flip(0), [first, second]), (x, turned)):
        assert objective(other, frames, 0.01, 0.001).item() == pytest.approx(case["output"]["value"])
        assert sorted(inside(x, frames).tolist()) == pytest.approx(sorted(inside(x, [first, second]).tolist()))


def test_without_pull_the_objective_is_zero_where_all_are_inside_by_the_margin():
    x = torch.tensor([[0.5, 0.2], [-0.5, 0.1]], dtype=torch.float64)
    frames = [(torch.eye(2, dtype=torch.float64), torch.full((2,), b, dtype=torch.float64)) for b in (1.0, -1.0)]
    assert inside(x, frames).min() == pytest.approx(0.5)
    assert objective(x, frames, 0.5, 0.0) == 0
    assert objective(x, frames, 0.6, 0.0).item() == pytest.approx(2 * 0.1**2)  # each frame misses one by 0.1
    assert inside(torch.tensor([[0.0, 3.0]], dtype=torch.float64), frames[:1]) > 0  # one frame is open above
    assert inside(torch.tensor([[0.0, 3.0]], dtype=torch.float64), frames) < 0


def test_frames_are_orthonormal_and_begin_with_all_data_inside_and_come_nearer():
    x = torch.tensor(numbers("calculation", 0).normal(size=(30, 6)))
    (begun, ended) = (fitted(numbers("calculation", 1), x, 2, 3, (0.01, 0.001), steps) for steps in (0, 100))
    assert inside(x, begun).min().item() == pytest.approx(0.01)
    for weight, _ in (*begun, *ended):
        assert (weight.T @ weight).detach().numpy() == pytest.approx(np.eye(3), abs=1e-12)
    assert objective(x, ended, 0.01, 0.001) < 0.9 * objective(x, begun, 0.01, 0.001)


def test_every_frame_can_be_had():
    free = orthonormal(torch.tensor([[3.0], [4.0]], dtype=torch.float64))
    assert free.abs().flatten().tolist() == pytest.approx([0.6, 0.8])


def test_normal_is_one_digit_and_anomalies_are_as_many_others():
    train, test, normal = normal_digit(numbers("calculation", 0), 100)
    assert train.shape == (100, 64)
    assert normal.sum() * 2 == len(test)
    assert 70 <= normal.sum() <= 83
    assert train.mean(0) == pytest.approx(0, abs=1e-12)
    assert np.mean(train**2) == pytest.approx(1)
    near = np.linalg.norm(test[:, None] - train, axis=2).min(1)
    assert near[normal].mean() < 0.7 * near[~normal].mean()


def test_support_vectors_tell_and_frames_are_no_guess():
    support = one_class_frames(numbers("calculation", 0), detector="support_vectors", **KEYS)
    assert support["auroc"] > 0.95
    assert one_class_frames(numbers("calculation", 0), detector="two_frames", **KEYS)["auroc"] > 0.6
