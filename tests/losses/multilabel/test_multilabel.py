"""Every loss of several labels under every law, at its limits and at the reference values."""

import json

import pytest
import torch
import torch.nn.functional as F

from runner.catalog.example_batches import B, L
from runner.catalog.loss_laws import laws_for, laws_of
from tests.losses.multilabel.bits import examples, loss
from tests.zoo import ROOT, losses_for, node

LOSSES = losses_for("multilabel")
CASES = json.loads((ROOT / "tests" / "values" / "multilabel" / "losses.json").read_text())
EXEMPT = {("weighted_bce", "classes_are_only_names"): "the weights belong to labels"}
PLAIN = [  # a loss and its arguments at which it is binary cross-entropy
    ("weighted_bce", {"power": 0.0}),
    ("focal_bce", {"gamma": 0.0, "alpha": None}),
    ("asl", {"gamma_pos": 0.0, "gamma_neg": 0.0, "clip": 0.0, "reduction": "mean"}),
    ("assume_negative", {"weight": 1.0, "smoothing": 0.0}),
    ("assume_negative", {"weight": 0.0, "smoothing": 0.0}),
]


def with_gradient(made, logits, bits, index=None):
    """Losses (B,), and the gradient of their sum."""
    values = made(logits, bits, torch.arange(len(logits)) if index is None else index)
    return values.detach(), torch.autograd.grad(values.sum(), logits)[0]


@pytest.mark.parametrize("law", laws_for("multilabel", "example"))
@pytest.mark.parametrize("name", LOSSES)
def test_law(name, law, request):
    if reason := EXEMPT.get((name, law)):
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))
    laws_of(node(name), "multilabel")[law]()


@pytest.mark.parametrize("name", ["asl", "bce", "focal_bce", "weighted_bce"])
def test_what_is_not_known_does_not_pull(name):
    logits, bits, index = examples()
    _, gradient = with_gradient(loss(name), logits, bits, index)
    assert (gradient[bits < 0] == 0).all()
    assert (gradient[bits >= 0] != 0).sum() > 0.9 * (bits >= 0).sum()  # asl has no slope below its clip


@pytest.mark.parametrize("name", ["asl", "bce", "focal_bce", "weighted_bce"])
def test_nothing_known_is_no_loss(name):
    logits, bits, index = examples()
    assert loss(name)(logits, torch.full_like(bits, -1), index).tolist() == [0.0] * B


@pytest.mark.parametrize(("name", "arguments"), PLAIN, ids=lambda v: str(v))
def test_the_limit_is_binary_cross_entropy(name, arguments):
    """torch's, where all labels are known."""
    logits, bits, _ = examples(dtype=torch.float64, scale=3.0)
    bits = (bits > 0).double()
    expected = F.binary_cross_entropy_with_logits(logits, bits, reduction="none").mean(-1)
    ours = with_gradient(loss(name, **arguments).double(), logits, bits)
    torch.testing.assert_close(ours[0], expected.detach(), rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(ours[1], torch.autograd.grad(expected.sum(), logits)[0], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_reference_value(case):
    """In float64, to 1e-9: the loss of each label, and where the source gives it the gradient of the sum of all."""
    logits = torch.tensor(case["logits"], dtype=torch.float64, requires_grad=True)
    bits, cells = (torch.tensor(case[key], dtype=torch.float64) for key in ("bits", "cells"))
    made = loss(case["loss"], **case["arguments"]).double()
    for k in range(L):  # as if it were the only one that is known
        alone = torch.full_like(bits, -1).index_copy(1, torch.tensor([k]), bits[:, k : k + 1])
        values, _ = with_gradient(made, logits, alone)
        torch.testing.assert_close(values, cells[:, k], rtol=0, atol=1e-9)
    values, gradient = with_gradient(made, logits, bits)
    summed = case["arguments"].get("reduction") == "sum"
    torch.testing.assert_close(values, cells.sum(1) if summed else cells.mean(1), rtol=0, atol=1e-9)
    if "gradient" in case:
        torch.testing.assert_close(gradient, torch.tensor(case["gradient"], dtype=torch.float64), rtol=0, atol=1e-9)
