"""Normalisation and activation in one."""

import json

import pytest
import torch

from runner.parts.models.evonorm import EvoNormB0, EvoNormS0
from tests.zoo import ROOT


def case(name):
    found = json.loads((ROOT / f"tests/values/models/{name}.json").read_text())
    return (
        {key: torch.tensor(v, dtype=torch.float64) for key, v in found[part].items()} for part in ("inputs", "expected")
    )


def layer(inputs):
    made = EvoNormB0(len(inputs["v"])).double()
    with torch.no_grad():
        for name in ("v", "weight", "bias"):
            getattr(made, name).copy_(inputs[name])
    return made


def test_b0_in_training_is_as_timm_has_it():
    inputs, expected = case("evonorm_b0_train")
    made, x = layer(inputs), inputs["x"].requires_grad_()
    y = made(x)
    y.backward(inputs["cotangent"])
    for ours, theirs in ((y, "y"), (x.grad, "grad_x"), (made.v.grad, "grad_v"), (made.running_var, "running_var")):
        torch.testing.assert_close(ours, expected[theirs], rtol=1e-10, atol=1e-12)


def test_b0_in_evaluation_has_its_running_variance():
    inputs, expected = case("evonorm_b0_eval")
    made = layer(inputs).eval()
    made.running_var.copy_(inputs["running_var"])
    torch.testing.assert_close(made(inputs["x"]), expected["y"], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("groups", [1, 2, 6])
def test_s0_without_a_slope_is_half_of_what_is_over_the_deviation_of_its_group(groups):
    x = torch.randn(3, 6, 4, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    made = EvoNormS0(6, groups).double()
    made.v.data.zero_()
    deviation = x.unflatten(1, (groups, -1)).var((2, 3, 4), unbiased=False, keepdim=True).add(1e-5).sqrt()
    torch.testing.assert_close(made(x), (x.unflatten(1, (groups, -1)) / (2 * deviation)).flatten(1, 2))


def test_s0_does_not_know_the_batch():
    x = torch.randn(5, 4, 3, 3, generator=torch.Generator().manual_seed(2))
    made = EvoNormS0(4)
    torch.testing.assert_close(made(x)[:2], made(x[:2]))
