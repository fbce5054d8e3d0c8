"""Losses of boxes against torchvision's and the values of the paper's formula, under the laws, and at their limits."""

import json
from functools import partial
from pathlib import Path

import pytest
import torch
from torchvision import ops

from datasets.noise_types.outliers import outliers
from losses.boxes._overlap import ordered, overlap
from runner.catalog.example_batches import B, setting_of
from runner.catalog.loss_laws import laws_for, laws_of
from tests.zoo import make, node

NAMES = ("iou", "giou", "diou", "ciou")
CASES = json.loads((Path(__file__).parents[2] / "values" / "boxes" / "losses.json").read_text())
ORACLES = {
    "iou": lambda a, b: 1 - ops.box_iou(a, b).diagonal(),
    "giou": partial(ops.generalized_box_iou_loss, reduction="none"),
    "diou": partial(ops.distance_box_iou_loss, reduction="none"),
    "ciou": partial(ops.complete_box_iou_loss, reduction="none"),
}


def loss_of(name):
    return make(name, num_train=B, num_classes=0).double()


@pytest.mark.parametrize("name", NAMES)
def test_it_is_torchvisions(name):
    g = torch.Generator().manual_seed(0)
    boxes, target = (ordered(torch.rand(50, 4, generator=g, dtype=torch.float64)) for _ in range(2))
    boxes, index = boxes.requires_grad_(), torch.arange(50)
    mine, theirs = loss_of(name)(boxes, target, index), ORACLES[name](boxes, target)
    torch.testing.assert_close(mine, theirs, atol=1e-5, rtol=0)
    slopes = [torch.autograd.grad(found.sum(), boxes, retain_graph=True)[0] for found in (mine, theirs)]
    torch.testing.assert_close(*slopes, atol=1e-3, rtol=1e-4)


@pytest.mark.parametrize("case", CASES)
def test_the_values_of_the_formula(case):
    boxes, target = (torch.tensor(case["inputs"][key], dtype=torch.float64) for key in ("box", "target"))
    boxes.requires_grad_()
    index = torch.arange(len(boxes))
    found = loss_of("giou")(boxes, target, index)
    torch.testing.assert_close(found, torch.tensor(case["output"]["loss"], dtype=torch.float64), atol=1e-6, rtol=0)
    apart = torch.tensor([iou < 1 for iou in case["output"]["iou"]])  # where both are one, the kink has many slopes
    slope = torch.autograd.grad(found.sum(), boxes)[0]
    wanted = torch.tensor(case["output"]["grad"], dtype=torch.float64)
    torch.testing.assert_close(slope[apart], wanted[apart], atol=1e-6, rtol=0)
    iou = 1 - loss_of("iou")(boxes, target, index)
    torch.testing.assert_close(iou, torch.tensor(case["output"]["iou"], dtype=torch.float64), atol=1e-6, rtol=0)


@pytest.mark.parametrize("law", laws_for("boxes", "example"))
@pytest.mark.parametrize("name", NAMES)
def test_law(name, law, request):
    if (name, law) == ("ciou", "gradient_is_the_derivative"):
        request.applymarker(pytest.mark.xfail(reason="a is held constant, by design", strict=True))
    laws_of(node(name), "boxes")[law]()


@pytest.mark.parametrize("name", NAMES)
def test_the_ends_may_be_given_in_any_order(name):
    boxes, target, index = setting_of(node(name), "boxes").examples()
    expected = loss_of(name)(boxes, target, index)
    for order in ([2, 1, 0, 3], [0, 3, 2, 1], [2, 3, 0, 1]):
        assert torch.equal(expected, loss_of(name)(boxes[:, order], target, index))
        assert torch.equal(expected, loss_of(name)(boxes, target[:, order], index))  # as noise may leave them


@pytest.mark.parametrize(("name", "most"), [("iou", 1), ("giou", 2), ("diou", 2)])
def test_outliers_leave_a_loss_within_its_range(name, most):
    """Ends that are moved apart, beyond each other and out of the picture."""
    boxes, target, index = setting_of(node(name), "boxes").examples()
    g = torch.Generator().manual_seed(0)
    given = outliers(target, 1.0, g, size=5.0, form="normal")
    assert (given[:, :2] > given[:, 2:]).any()
    losses = loss_of(name)(boxes, given, index)
    assert ((losses >= 0) & (losses <= most)).all()


def test_far_from_the_target_the_generalized_loss_has_a_gradient_and_the_plain_one_has_none():
    target = torch.tensor([[0.0, 0.0, 1.0, 1.0]], dtype=torch.float64)
    slopes = {}
    for name in ("iou", "giou", "diou"):
        boxes = torch.tensor([[2.0, 2.0, 3.0, 3.0]], dtype=torch.float64, requires_grad=True)
        (slopes[name],) = torch.autograd.grad(loss_of(name)(boxes, target, torch.zeros(1).long()).sum(), boxes)
    assert not slopes["iou"].any()
    assert (slopes["giou"][:, :2] > 0).all()  # a step against it brings the near corner nearer
    assert (slopes["diou"] > 0).any()


def test_a_box_without_area_overlaps_nothing():
    its = overlap(torch.zeros(1, 4), torch.tensor([[0.2, 0.2, 0.4, 0.4]]))
    assert its.iou.item() == 0
    assert torch.isfinite(torch.stack(list(its))).all()
