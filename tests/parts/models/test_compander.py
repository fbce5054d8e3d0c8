"""Weights that are a bounded function of trained numbers."""

import json
import math

import pytest
import torch

from runner.parts.models.compander import Compander
from tests.parts.test_models import built
from tests.zoo import ROOT, node


def layer():
    found = json.loads((ROOT / "tests/values/models/weight_compander_arctan.json").read_text())
    inputs, expected = (
        {key: torch.tensor(value, dtype=torch.float64) for key, value in found[part].items()}
        for part in ("inputs", "expected")
    )
    return Compander(inputs["a"], inputs["b"]), inputs["v"], expected


def test_it_is_the_arctangent():
    made, v, expected = layer()
    torch.testing.assert_close(made(v), expected["w"])
    torch.testing.assert_close(made.right_inverse(expected["w_for_inverse"]), expected["inverse_of_w"])
    assert made(torch.tensor(1e12)).item() == pytest.approx(expected["bound"].item())


def test_the_gradient_is_the_derivative_and_2_at_0():
    made, v, expected = layer()
    assert torch.autograd.gradcheck(made, v.requires_grad_())
    zero = torch.zeros((), dtype=torch.float64, requires_grad=True)
    made(zero).backward()
    torch.testing.assert_close(zero.grad, expected["slope0"])


def test_a_weight_beyond_the_bound_is_refused():
    made, _, expected = layer()
    with pytest.raises(ValueError, match="beyond the bound"):
        made.right_inverse(expected["bound"][None])


def test_the_network_starts_as_it_was_drawn_and_its_bound_is_of_its_largest_weight():
    asked = node("mlp", "model") | {"width": 8}
    made, plain = built("compander", network=asked, reach=3.0), built("mlp", width=8)
    x = torch.randn(4, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(made(x), plain(x), rtol=1e-4, atol=1e-5)
    first = made.body[0][1].parametrizations.weight[0]
    bound = first.log_a.exp() * math.pi / 2
    torch.testing.assert_close(bound, 3 * plain.body[0][1].weight.abs().max())
    assert {name.rpartition(".")[2] for name, _ in made.named_parameters()} == {"original", "log_a", "log_b", "bias"}
