"""CRATE: its layers at the released code's numbers, and what they do to tokens."""

import json

import pytest
import torch

from runner.contracts.make import make
from runner.parts.models.crate import ISTA, MSSA, block
from tests.parts.test_models import built
from tests.zoo import ROOT, node


def case(name):
    found = json.loads((ROOT / f"tests/values/models/{name}.json").read_text())
    numbers = {k: torch.tensor(v, dtype=torch.float64) for k, v in found["inputs"].items() if isinstance(v, list)}
    return found["inputs"] | numbers, torch.tensor(found["expected"]["y"], dtype=torch.float64)


def attention(inputs):
    made = MSSA(4, 2).double()
    state = {"subspaces.weight": inputs["U"], "given.weight": inputs["out_weight"], "given.bias": inputs["out_bias"]}
    made.load_state_dict(state)
    return made


def shrinkage(inputs):
    made = ISTA(4, inputs["eta"], inputs["lam"]).double()
    made.load_state_dict({"dictionary": inputs["D"]})
    return made


@pytest.mark.parametrize(("name", "layer"), [("crate_ista", shrinkage), ("crate_mssa", attention)])
def test_a_layer_is_as_released(name, layer):
    inputs, y = case(name)
    torch.testing.assert_close(layer(inputs)(inputs["z"]), y, rtol=1e-12, atol=1e-12)


def test_a_block_is_as_released():
    """With no way around the shrinkage."""
    inputs, y = case("crate_block")
    made = block(4, 2, inputs["eta"], inputs["lam"]).double()
    made[0].attention, made[2] = attention(inputs), shrinkage(inputs)
    torch.testing.assert_close(made(inputs["z"]), y, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("layer", [shrinkage, attention])
def test_gradients_are_the_derivatives(layer):
    name = "crate_ista" if layer is shrinkage else "crate_mssa"
    inputs, _ = case(name)
    assert torch.autograd.gradcheck(layer(inputs), inputs["z"].requires_grad_())


def test_the_shrinkage_descends():
    """Of |z - D x|^2 / 2 + lam sum x over x >= 0, from x = z >= 0."""
    inputs, _ = case("crate_ista")
    made, z = shrinkage(inputs), inputs["z"].abs()

    def objective(x):
        return (z - x @ made.dictionary.mT).square().sum() / 2 + made.sparsity * x.sum()

    assert objective(made(z)) < objective(z)


@pytest.mark.parametrize(("width", "heads", "count"), [(384, 6, 6_090_856), (768, 12, 22_796_008)])
def test_parameters_are_as_many_as_released(width, heads, count):
    asked = node("crate", "model") | {"patch": 16, "width": width, "heads": heads}
    with torch.device("meta"):
        made = make("model", asked, {"input_shape": (3, 224, 224), "num_outputs": 1000})
    assert sum(p.numel() for p in made.parameters()) == count


def test_tokens_are_not_negative_behind_a_block():
    made = built("crate", width=12, depth=2).eval()
    *blocks, _ = made.body
    x = torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    for each in blocks[:2]:
        x = each(x)
    assert (x >= 0).all()
    assert 0 < (x == 0).float().mean() < 1
