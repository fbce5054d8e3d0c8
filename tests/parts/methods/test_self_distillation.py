"""Self-distillation: its target, and what is refused."""

import json
from pathlib import Path

import pytest
import torch
from torch import nn, tensor

from runner.console.errors import ConfigError
from runner.parts.methods.self_distillation import SelfDistillation
from tests.objectives import built
from tests.parts.distillation import Given, batch_of, parts, slope

INPUTS = json.loads((Path(__file__).parents[2] / "values" / "inputs.json").read_text())


@pytest.mark.parametrize(
    ("xi", "loss", "gradient"),
    [
        (0.5, 2.364715738584412, 0.1971000163931693),
        (1.0, 2.862446699866979, 0.16103516529836218),
        (1.5, 3.360177661149546, 0.25145795438667506),
        (3.5, 5.3511015062798135, 0.8453253337518895),
    ],
)
def test_self_distillation_is_cross_entropy_with_the_papers_target(xi, loss, gradient):
    logits, teacher = (tensor(INPUTS["logits"][which], dtype=torch.float64) for which in ("first", "second"))
    method = SelfDistillation(*parts(logits), epochs=4, teacher=Given(teacher), teacher_share=0.5, xi=xi)
    method.enter(1)
    batch = batch_of(tensor(INPUTS["labels"]))
    losses = method(batch)
    assert losses.mean().item() == pytest.approx(loss, abs=1e-9)
    assert slope(losses, method.network) == pytest.approx(gradient, abs=1e-9)
    target = xi * teacher.softmax(-1) + (1 - xi) * nn.functional.one_hot(batch.labels, 10)
    torch.testing.assert_close(losses, -(target * logits.log_softmax(-1)).sum(-1))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (["method=self_distillation", "method.xi=-1"], r"method\.xi=-1: must be a number in \[0, inf\)"),
        (["method=self_distillation", "method.teacher_share=1"], r"method\.teacher_share=1: .* in \(0, 1\)"),
        (["method=self_distillation", "epochs=1"], r"teacher_share=0\.5: of 1 epochs none are left for the last phase"),
    ],
)
def test_what_cannot_be_is_named(said, why):
    with pytest.raises(ConfigError, match=why):
        built(*said)
