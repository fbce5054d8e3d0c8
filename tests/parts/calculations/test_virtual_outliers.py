"""Virtual outliers: the penalty on reference values, where outliers lie by either rule, and what heads are asked."""

import json

import numpy as np
import pytest
import torch

from runner.compose.command_line import compose_cells
from runner.data.streams import numbers
from runner.parts.calculations._network import Network
from runner.parts.calculations._virtual_outliers import energy, energy_penalty, farthest, made_up
from runner.parts.calculations.virtual_outliers import encoded, told, virtual_outliers
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "single_tasks" / "virtual_outliers.json").read_text())


def double(values):
    return torch.tensor(values, dtype=torch.float64)


def measured(**changed):
    (cell,) = compose_cells(["calculation=virtual_outliers"], multirun=False)
    keys = {key: value for key, value in cell.config["calculation"].items() if key != "_target_"}
    small = {"train_size": 200, "units": 30, "steps": 20, "moves": 10, "boundary": 5, "lr": 0.03}
    return virtual_outliers(numbers("calculation", 0), **{**keys, **small, **changed})


@pytest.mark.parametrize("case", CASES)
def test_the_penalty_and_its_gradient(case):
    inside, outside = (double(case["inputs"][name]).requires_grad_() for name in ("logits_in", "logits_out"))
    hyper = case["hyper"]
    found = hyper["weight"] * energy_penalty(
        inside, outside, least=float(hyper["threshold_out"]), most=float(hyper["threshold_in"])
    )
    assert float(found.detach()) == pytest.approx(case["output"]["loss"], rel=1e-12)
    found.backward()
    torch.testing.assert_close(inside.grad, double(case["output"]["gradient_in"]), rtol=1e-12, atol=1e-15)
    torch.testing.assert_close(outside.grad, double(case["output"]["gradient_out"]), rtol=1e-12, atol=1e-15)


def test_no_penalty_where_energies_are_apart():
    low, high = double([[20.0, 0.0]]), double([[-5.0, -5.0]])
    assert float(energy_penalty(low, high, least=-3.0, most=-15.0)) == 0
    assert float(energy(double([[0.0, 0.0]]))) == pytest.approx(-np.log(2))


def test_the_farthest_is_that_whose_neighbour_is():
    """On a line: the second neighbour of 0, 1, 2 and 10 is 1, 1, 1 and 8 away, itself being the first."""
    line = double([[0.0], [1.0], [2.0], [10.0]])
    assert farthest(line, line, 2, 1).tolist() == [3]
    assert farthest(double([[-1.0], [6.0], [30.0]]), line, 2, 2).tolist() == [2, 1]
    assert set(farthest(line, line, 9, 9).tolist()) == {0, 1, 2, 3}


def test_outliers_of_the_paper_are_moves_from_the_edge_and_those_released_are_moves_alone():
    angles = double(np.linspace(0, 0.5, 20))
    features = torch.stack([angles.cos(), angles.sin()], 1) * 2**0.5
    away = double(0.1 * numbers("calculation", 0).normal(size=(6, 2)))
    keys = {"neighbours": 3, "boundary": 2}
    paper, released = (made_up(away, features, rule, 4, **keys) for rule in ("paper", "released"))
    edge = features[[0, -1]]
    from_edge = (paper[:, None] - edge).unsqueeze(2) - away
    assert (from_edge.abs().sum(-1) < 1e-12).flatten(1).any(1).all()
    assert ((released[:, None] - away).abs().sum(-1) < 1e-12).any(1).all()
    assert len(released.unique(dim=0)) == 2  # each candidate is there twice
    every = made_up(away, features, "paper", 1000, **keys)
    assert len(every) == 12
    nearest = [torch.cdist(each, features).kthvalue(3, dim=1).values for each in (paper, every)]
    assert nearest[0].min() >= nearest[1].sort(descending=True).values[3] - 1e-12


def test_features_have_one_length():
    encoder = Network(numbers("calculation", 0), (3, 8, 1), ["relu"])
    found = encoded(encoder, double(numbers("calculation", 1).normal(size=(5, 3))))
    torch.testing.assert_close(found.norm(dim=1), torch.full((5,), 8**0.5, dtype=torch.float64))
    assert not found.requires_grad


def test_what_is_told_by_hand():
    """Two tasks of a class each: the head of the first is high for its own example alone."""
    outputs, y = double([[3.0, 4.0], [1.0, 4.0], [0.0, 5.0], [1.0, 3.0]]), torch.tensor([0, 1, 1, 1])
    found = told(outputs, y, [torch.tensor([0]), torch.tensor([1])])
    assert found["average_accuracy"] == 0.5
    assert found["own_accuracy"] == 1
    assert found["detection"] == pytest.approx((1 + 0.5) / 2)


def test_no_weight_is_no_outliers_and_outliers_change_heads():
    assert measured(weight=0.0) == measured(outliers="none")
    with_them, none = measured(weight=1.0), measured(outliers="none")
    assert with_them["own_accuracy"] > 0.9
    assert with_them != none
    assert measured(outliers="released", weight=1.0) not in (with_them, none)
