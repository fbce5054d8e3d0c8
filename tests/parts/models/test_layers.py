"""Normalisations and activations by name."""

import json
from typing import get_args

import pytest
import torch

from runner.parts.models.layers import ACTIVATIONS, Activation, CRReLU, Norm, after, norm_of
from tests.zoo import ROOT

NORMS = get_args(Norm)


def test_every_activation_has_a_name():
    assert set(get_args(Activation)) == set(ACTIVATIONS)


def test_crrelu_is_as_released():
    found = json.loads((ROOT / "tests/values/models/crrelu.json").read_text())
    made, x = CRReLU().double(), torch.tensor(found["inputs"]["x"], dtype=torch.float64, requires_grad=True)
    made.epsilon.data.fill_(found["inputs"]["epsilon"])
    y = made(x)
    y.sum().backward()
    expected = {key: torch.tensor(value, dtype=torch.float64) for key, value in found["expected"].items()}
    torch.testing.assert_close(y, expected["y"])
    torch.testing.assert_close(x.grad[x != 0], expected["grad_x"][x != 0])  # at 0 ReLU has no slope
    torch.testing.assert_close(made.epsilon.grad, expected["grad_epsilon"], rtol=0, atol=1e-14)


@pytest.mark.parametrize("name", ["batch", "group", "layer"])
def test_a_norm_brings_maps_to_mean_0_and_deviation_1(name):
    x = 3 * torch.randn(8, 64, 5, 5, generator=torch.Generator().manual_seed(1)) + 2
    axes = {"batch": (0, 2, 3), "layer": (1, 2, 3), "group": (2, 3, 4)}[name]
    y = norm_of(name, 64)(x)
    y = y.unflatten(1, (32, 2)) if name == "group" else y
    torch.testing.assert_close(y.mean(axes), torch.zeros_like(y.mean(axes)), rtol=0, atol=1e-5)
    torch.testing.assert_close(y.var(axes, unbiased=False), torch.ones_like(y.mean(axes)), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("norm", NORMS)
def test_evonorm_is_its_own_activation(norm):
    kinds = [type(each).__name__ for each in after(8, norm, "gelu")]
    assert kinds[-1:] == (["GELU"] if not norm.startswith("evonorm") else kinds)
    assert len(kinds) == (1 if norm in ("none", "evonorm_b0", "evonorm_s0") else 2)
