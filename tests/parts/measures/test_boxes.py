"""Metrics of boxes."""

import math

import pytest
import torch
from torchvision.ops import box_iou

from losses.boxes._overlap import ordered
from runner.parts.measures.boxes import Boxes
from runner.tasks.declared.boxes import BOXES

S, M = 2, 40


@pytest.fixture
def case():
    g = torch.Generator().manual_seed(0)
    target = ordered(torch.rand(S, M, 4, generator=g))
    return target + 0.1 * torch.randn(S, M, 4, generator=g), target


def measured(predictions, targets):
    measures = Boxes()
    return measures.quality(measures.outcomes(predictions, targets), targets)


def test_they_are_those_of_torchvisions_overlap(case):
    found = measured(*case)
    assert list(found) == [metric.name for metric in BOXES.quality]
    for s in range(S):
        boxes, target = ordered(case[0][s]).double(), case[1][s].double()
        iou = box_iou(boxes, target).diagonal()
        centres = [(each[:, :2] + each[:, 2:]) / 2 for each in (boxes, target)]
        assert found["mean_iou"][s].item() == pytest.approx(iou.mean().item(), abs=1e-5)
        assert found["iou_above_50"][s].item() == (iou > 0.5).double().mean().item()
        assert found["iou_above_75"][s].item() == (iou > 0.75).double().mean().item()
        assert found["centre_distance"][s].item() == pytest.approx((centres[0] - centres[1]).norm(dim=1).mean().item())


def test_what_was_learnt_of_changed_boxes():
    true = torch.tensor([[[0.0, 0.0, 0.5, 0.5], [0.0, 0.0, 0.5, 0.5], [0.0, 0.0, 0.5, 0.5]]])
    given = true.clone()
    given[0, 1:] += 0.5
    predicted = torch.stack([true[0, 0], given[0, 1], true[0, 2]])[None]
    measures = Boxes()
    found = measures.label_noise(measures.outcomes(predicted, given), given, true)
    assert found["memorised"].item() == 0.5
    assert found["iou_given"].item() == pytest.approx(2 / 3, abs=1e-5)
    assert found["iou_true"].item() == pytest.approx(2 / 3, abs=1e-5)
    assert measures.label_noise(measures.outcomes(predicted, true), true, true).keys() == {"iou_given", "iou_true"}


def test_the_ends_of_given_boxes_may_be_exchanged(case):
    predictions, target = case
    exchanged = measured(predictions, target[..., [2, 1, 0, 3]])
    assert all(torch.equal(values, exchanged[name]) for name, values in measured(predictions, target).items())


def test_a_box_that_is_none_is_a_metric_of_none(case):
    predictions, targets = case
    predictions[1, 3, 0] = math.nan
    assert [values.isnan().tolist() for values in measured(predictions, targets).values()] == [[False, True]] * 4
