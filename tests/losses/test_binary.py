"""Losses for two classes, and two-class data sets: a network of two logits, read by a binary loss as z_1 - z_0."""

import json
import math
from pathlib import Path

import pytest
import torch

from runner.console.errors import ConfigError
from runner.training.run import Ended, run
from tests.zoo import BINARY, LOSSES, make

VALUES = Path(__file__).parents[1] / "values"
CASES = [case for case in json.loads((VALUES / "margins.json").read_text()) if case["loss"] in BINARY]
B = 16
TWO = ["dataset=blobs", "dataset.num_train=240", "dataset.num_test=64", "classes=[0,1]", "noise=0.1"]
MADE_FOR = {"circle": "model.head=cosine", "ebv": "model.head=equiangular"}
THREE_OR_MORE = {"z_loss"}  # two standardised logits are always -1 and 1


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_reference_gradient(case):
    """Of the mean loss by the single logit, example by example, with the draws in float64."""
    (call,) = case["calls"]
    logits = torch.tensor(call["logits"], dtype=torch.float64, requires_grad=True)
    drawn = {name: torch.tensor(value, dtype=torch.float64) for name, value in case["draws"].items()}
    labels = torch.tensor(case["labels"])
    loss = make(case["loss"], num_train=len(labels), num_classes=2, **case["arguments"]).loss
    value = loss(logits, labels, torch.arange(len(labels)), **drawn).mean()
    (gradient,) = torch.autograd.grad(value, logits)
    expected = torch.tensor(call["gradient"], dtype=torch.float64)
    assert value.item() == pytest.approx(call["loss"], abs=1e-12, rel=0)
    torch.testing.assert_close(gradient, torch.stack([-expected, expected], dim=1), rtol=0, atol=1e-12)


@pytest.mark.parametrize("classes", [3, 4, 10])
@pytest.mark.parametrize("loss", sorted(BINARY))
def test_more_than_two_classes_are_refused(loss, classes):
    with pytest.raises(ConfigError, match=rf"needs two classes, for example .*; this data set has {classes}"):
        make(loss, num_train=B, num_classes=classes)


@pytest.mark.parametrize("loss", sorted(BINARY))
def test_the_runner_refuses_before_it_begins(compose, loss):
    with pytest.raises(ConfigError, match=r"needs two classes, .*; this data set has 4"):
        next(run(**compose(f"loss={loss}")))


@pytest.mark.parametrize("loss", [name for name in LOSSES if name not in THREE_OR_MORE])
def test_every_loss_runs_on_two_classes(compose, measured, loss):
    head = MADE_FOR.get(loss, "model.head=linear")
    events = list(run(**compose(*TWO, f"loss={loss}", head, "epochs=1", "optimizer.lr=0.01", seeds=[0, 1])))
    assert [event.state for event in events if isinstance(event, Ended)] == ["done", "done"]
    assert all(math.isfinite(value) for row in measured(events).values() for value in row.values())
