"""EATA: values of the released code, and its limits."""

import json

import pytest
import torch
from torch import tensor

from runner.parts.adaptations.eata import of_kept
from tests.zoo import ROOT

(CASE,) = json.loads((ROOT / "tests/values/adaptations/eata.json").read_text())
LOGITS = tensor(CASE["inputs"]["logits"], dtype=torch.float64)[None]
MEAN = tensor(CASE["inputs"]["mean_probability"], dtype=torch.float64)[None]
MARGIN, DISTANCE = CASE["hyper"]["e_margin"], CASE["hyper"]["d_margin"]


def test_what_is_kept_and_what_it_costs_are_the_released_codes():
    found, expected = of_kept(LOGITS, MEAN, MARGIN, DISTANCE), CASE["output"]
    assert found.kept[0].tolist() == expected["kept"]
    assert found.objective.item() == pytest.approx(expected["loss"], rel=1e-6)
    assert found.mean[0].tolist() == pytest.approx(expected["new_mean"], rel=1e-6)


def test_before_anything_was_kept_all_that_is_sure_is():
    found = of_kept(LOGITS, MEAN * torch.nan, MARGIN, DISTANCE)
    assert found.kept[0].tolist() == CASE["output"]["reliable"]
    torch.testing.assert_close(found.mean, LOGITS.softmax(2)[found.kept].mean(0, keepdim=True))


def test_where_nothing_is_kept_nothing_moves_and_nothing_is_nan():
    logits = torch.zeros_like(LOGITS).requires_grad_()
    found = of_kept(logits, MEAN, MARGIN, DISTANCE)
    (slope,) = torch.autograd.grad(found.objective.sum(), logits)
    assert found.any.tolist() == [False]
    assert found.objective.item() == 0
    assert torch.equal(found.mean, MEAN)
    assert torch.equal(slope, torch.zeros_like(slope))


def test_where_all_is_kept_the_weight_is_not_differentiated():
    """The gradient of w H is w times that of H."""
    logits = LOGITS.clone().requires_grad_()
    found = of_kept(logits, MEAN, 10.0, 1.1)
    assert found.kept.all()
    (slope,) = torch.autograd.grad(found.objective.sum(), logits)
    entropy = -(logits.softmax(2) * logits.log_softmax(2)).sum(2)
    (plain,) = torch.autograd.grad(entropy.sum(), logits)
    weight = (10.0 - entropy.detach()).exp()[..., None]
    torch.testing.assert_close(slope, weight * plain / LOGITS.shape[1])
