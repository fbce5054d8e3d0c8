"""The least robust error of six points worked out, classifiers that cannot be below it, and attacks."""

import json

import numpy as np
import pytest
import torch

from runner.data.streams import numbers
from runner.parts.calculations.robust_risk import disc, initial, least_risk, logits, radius, robust_risk, train, tuples
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "theory" / "robust_risk.json").read_text())


@pytest.mark.parametrize("case", CASES)
def test_tuples_and_the_bound_are_worked_out(case):
    x, y, eps = np.array(case["inputs"]["x"]), np.array(case["inputs"]["y"]), case["hyper"]["eps"]
    assert sorted(tuples(x, y, eps)) == sorted(map(tuple, case["output"]["tuples"]))
    assert least_risk(x, y, eps) == pytest.approx(case["output"]["robust_risk_lower_bound"], abs=1e-9)


def test_the_smallest_ball_around_a_triangle():
    assert radius(3, 4, 5) == pytest.approx(2.5)
    assert radius(1, 1, 1) == pytest.approx(1 / np.sqrt(3))
    assert radius(5, 1, 4.5) == 2.5  # obtuse: half the longest side


def test_from_nothing_to_chance_as_the_balls_grow():
    draws = np.random.default_rng(0)
    x, y = draws.normal(size=(12, 2)), np.repeat(np.arange(3), 4)
    risks = [least_risk(x, y, eps) for eps in (1e-6, 0.3, 0.6, 100.0)]
    assert risks == sorted(risks)
    assert risks[0] == 0
    assert risks[-1] == pytest.approx(2 / 3)  # all to one place, of which one class in three is right


def test_no_linear_classifier_is_below_the_bound():
    draws = np.random.default_rng(0)
    x, y = draws.normal(size=(30, 2)), np.repeat(np.arange(3), 10)
    least = least_risk(x, y, 0.5)
    assert least > 0.1
    for _ in range(200):
        w, b = draws.normal(size=(3, 2)), draws.normal(size=3)
        scores = x @ w.T + b
        own = scores[np.arange(30), y][:, None] - scores
        reach = 0.5 * np.linalg.norm(w[y][:, None] - w, axis=2)  # what the adversary can take, exactly
        others = np.arange(3) != y[:, None]
        assert ((own <= reach) & others).any(1).mean() >= least - 1e-9


def test_places_are_in_the_ball_and_at_its_edge():
    length = np.linalg.norm(disc(3, 16), axis=1)
    assert length.max() == pytest.approx(1)
    assert length[0] == 0


def test_training_at_the_worst_place_makes_robust():
    y = torch.tensor([0, 1, 2])
    places = torch.tensor(np.array([[0.0, 0], [1, 0], [0, 1]])[:, None] + 0.3 * disc(3, 16))
    layers = initial([2, 32, 32, 3], np.random.default_rng(0))
    train(layers, places, y, 200)
    assert (logits(layers, places).argmax(-1) == y[:, None]).all()


def test_points_and_bound_are_the_same_however_the_network_is_trained():
    keys = {"eps": 0.4, "points": 5, "spread": 0.5, "width": 8, "steps": 2}
    plain, adversarial = (
        robust_risk(numbers("calculation", 0), training=training, **keys) for training in ("plain", "adversarial")
    )
    assert plain["least_risk"] == adversarial["least_risk"]
    assert plain["above_bound"] == pytest.approx(plain["attacked_error"] - plain["least_risk"])
