"""A transformer for strings: the released layer's numbers, other lengths, and what is refused."""

import json
import math

import pytest
import torch

from runner.catalog.objective_laws import LAWS
from runner.console.errors import ConfigError
from runner.parts.models.string_transformer import Block
from runner.training.run import run
from tests.objectives import cell_of
from tests.parts.test_models import built
from tests.zoo import ROOT

NAMES = {
    "attention.taken.weight": "self_attn.in_proj_weight", "attention.taken.bias": "self_attn.in_proj_bias",
    "attention.given.weight": "self_attn.out_proj.weight", "attention.given.bias": "self_attn.out_proj.bias",
    "hidden.0.weight": "linear1.weight", "hidden.0.bias": "linear1.bias", "hidden.2.weight": "linear2.weight",
    "hidden.2.bias": "linear2.bias", "between.weight": "norm1.weight", "between.bias": "norm1.bias",
    "after.weight": "norm2.weight", "after.bias": "norm2.bias",
}  # fmt: skip
SMALL = ("model=string_transformer", "optimizer=adam", "batch_size=20", "optimizer.weight_decay=0")


def layer(name):
    found = json.loads((ROOT / f"tests/values/models/{name}.json").read_text())
    state = {key: torch.tensor(v, dtype=torch.float64) for key, v in found["inputs"]["state"].items()}
    tokens, y = (
        torch.tensor(v, dtype=torch.float64).transpose(0, 1) for v in (found["inputs"]["src"], found["expected"]["y"])
    )
    heads, hidden = found["inputs"]["nhead"], len(state["linear1.bias"])
    made = Block(tokens.shape[2], heads, hidden, name.endswith("scaled"), found["inputs"]["eps"]).double()
    made.load_state_dict({ours: state[theirs] for ours, theirs in NAMES.items()})
    return made, tokens, y


@pytest.mark.parametrize("name", ["log_length_layer_plain", "log_length_layer_scaled"])
def test_a_block_is_as_released(name):
    made, tokens, y = layer(name)
    torch.testing.assert_close(made(tokens), y, rtol=1e-10, atol=1e-12)


def test_the_gradient_is_the_derivative():
    made, tokens, _ = layer("log_length_layer_scaled")
    assert torch.autograd.gradcheck(made, tokens.requires_grad_())


def test_without_a_bias_logits_are_log_n_times_as_large():
    made, tokens, _ = layer("log_length_layer_scaled")
    attention = made.attention
    attention.taken.bias.data.zero_()
    sharper = attention(tokens, math.log(tokens.shape[1]))
    attention.taken.weight.data[: tokens.shape[2]] *= math.log(tokens.shape[1])
    torch.testing.assert_close(sharper, attention(tokens))


@pytest.mark.parametrize("positions", ["first", "parity"])
def test_it_sees_strings_of_any_length(positions):
    made = built("string_transformer", (5,), positions=positions)
    assert made(torch.ones(2, 5)).shape == made(torch.ones(2, 50)).shape == (2, 10)
    places = made.body[0].places(4)
    expected = {
        "first": [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]],
        "parity": [[0, 1], [0.25, -1], [0.5, 1], [0.75, -1]],
    }
    assert places.tolist() == expected[positions]


@pytest.mark.parametrize("dataset", ["first", "parity"])
def test_a_stack_is_its_seeds(dataset):
    LAWS["a_stack_is_its_seeds"](
        cell_of(*SMALL, f"dataset={dataset}", "dataset.num_train=40", "dataset.length=6", "epochs=2")
    )


def test_it_learns_the_first_bit_and_longer_strings_are_seen(compose, measured):
    asked = ["dataset=first", "dataset.length=6", "dataset.test_length=30", "epochs=6", "optimizer.lr=0.01"]
    rows = measured(run(**compose(*SMALL, *asked, seeds=[0])))
    assert rows[0, 6]["train/accuracy_given"] > 0.95
    assert rows[0, 6]["test/accuracy"] > 0.8


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["model=mlp", "dataset=first"], r"model \(.*MLP\): cannot see test inputs of shape \(200,\), where .*\(20,\)"),
        (["model=string_transformer", "dataset=digits"], r"needs strings of bits, shape \(n,\), not .* \(1, 8, 8\)"),
        (["model=string_transformer", "model.heads=3", "dataset=parity"], "width=16 is no multiple of heads=3"),
    ],
)
def test_what_cannot_be_is_refused(words, said, compose):
    with pytest.raises(ConfigError, match=said):
        next(run(**compose(*words)))
