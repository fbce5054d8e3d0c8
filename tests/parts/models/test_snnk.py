"""Scalable neural network kernels: the released numbers, the kernel that they are a sample of, and their size."""

import json
import math

import torch

from runner.parts.models.snnk import SNNK
from tests.parts.test_models import built
from tests.zoo import ROOT


def layer():
    found = json.loads((ROOT / "tests/values/models/snnk_relu.json").read_text())
    inputs, expected = (
        {key: torch.tensor(value, dtype=torch.float64) for key, value in found[part].items()}
        for part in ("inputs", "expected")
    )
    made = SNNK(inputs["W"].float(), len(inputs["G"])).double()
    made.projection.copy_(inputs["G"])
    made.weight.data = made.phi(inputs["W"])
    return made, inputs, expected


def test_it_is_as_released():
    made, inputs, expected = layer()
    torch.testing.assert_close(made.phi(inputs["x"]), expected["features"])
    torch.testing.assert_close(made.weight.detach(), expected["W_new"])
    torch.testing.assert_close(made(inputs["x"]), expected["y"])


def test_the_gradient_is_the_derivative():
    made, inputs, _ = layer()
    assert torch.autograd.gradcheck(made, inputs["x"].requires_grad_())


def test_its_mean_is_the_arc_cosine_kernel():
    """Within four standard errors, of 200,000 features."""
    torch.manual_seed(0)
    x, w = torch.randn(2, 6, dtype=torch.float64)
    made = SNNK(w[None].float(), 200_000).double()
    angle = torch.acos(x @ w / (x.norm() * w.norm()))
    kernel = x.norm() * w.norm() * (angle.sin() + (math.pi - angle) * angle.cos()) / (2 * math.pi)
    parts = (made.projection @ x).relu() * (made.projection @ w).relu()
    assert abs(made(x[None]).item() - kernel) < 4 * parts.std() / len(parts) ** 0.5


def test_a_unit_has_as_many_trained_numbers_as_features():
    made = built("snnk", (1, 8, 8), width=10, features=4)
    (trained,) = made.body.parameters()
    assert trained.shape == (10, 4)
    assert len(list(built("snnk", (1, 8, 8), width=10, depth=3).body)) == 3
