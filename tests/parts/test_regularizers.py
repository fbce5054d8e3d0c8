"""Penalties: a weight of 0 is none of it, twice the weight is twice of it."""

from functools import partial

import pytest
import torch
from torch import nn

from runner.console.errors import ConfigError
from runner.data.loader import Batch
from runner.data.streams import generator, seeded
from runner.nodes.build import build
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.erm import ERM
from runner.training.run import run
from tests.objectives import NAMES, cell_of, first, same, values
from tests.parts.penalties import SUITS, B, D, K, penalty_of, regularizer
from tests.zoo import make, node

PENALTIES = [name for name in NAMES["regularizer"] if name != "none"]


def method(penalties: dict[str, nn.Module], seed: int = 0) -> ERM:
    model = node("mlp", "model") | {"width": 8}
    network = seeded(partial(build, "model", model, input_shape=(D,), num_outputs=K), generator("init", seed))
    return ERM(network, Criterion(make("ce", num_train=B, num_classes=K)), Penalties(penalties)).double()


def batch(seed: int) -> Batch:
    x = torch.randn(B, D, generator=generator("x", seed), dtype=torch.float64)
    return Batch(x, torch.arange(B) % K, torch.arange(B), {})


def test_penalties_are_felt_each_by_its_weight():
    without = method({})
    weightless, heavy = (
        method(
            {"one": regularizer("spectral_decoupling", weight=w), "two": regularizer("spectral_decoupling", weight=w)}
        )
        for w in (0.0, 1.0)
    )
    torch.testing.assert_close(weightless(batch(0)), without(batch(0)), rtol=0, atol=0)
    logits = heavy.predict(batch(0).x)
    torch.testing.assert_close(heavy(batch(0)) - without(batch(0)), 2 * logits.square().mean().expand(B))


def test_several_are_named_together(compose, measured):
    none, both, one = (
        measured(run(**compose(f"regularizer={names}")))
        for names in ("none", "[spectral_decoupling,none]", "spectral_decoupling")
    )
    assert both == one != none


@pytest.mark.parametrize("name", PENALTIES)
def test_a_weight_of_zero_is_no_penalty(name):
    said = [*SUITS.get(name, ["model.norm=batch"]), "loss=gce"]
    weightless, seen = first(f"regularizer={name}", f"regularizer.{name}.weight=0", *said)
    plain, _ = first(*said)
    losses, gradients = values(weightless, seen)
    torch.testing.assert_close(losses, values(plain, seen)[0], rtol=0, atol=0)
    for key, gradient in values(plain, seen)[1].items():
        torch.testing.assert_close(gradients[key], gradient, rtol=0, atol=0)


@pytest.mark.parametrize("name", PENALTIES)
def test_twice_the_weight_is_twice_the_penalty(name):
    own = SUITS.get(name, [])
    (once, of_once, *_), (twice, of_twice, *_) = (
        penalty_of(name, f"regularizer.{name}.weight={w}", *own) for w in (1, 2)
    )
    assert once != 0
    same(twice, 2 * once)
    assert any(gradient is not None for gradient in of_once)
    for one, two in zip(of_once, of_twice, strict=True):
        assert (one is None) == (two is None)
        if one is not None:
            torch.testing.assert_close(two, 2 * one, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", [name for name in PENALTIES if name != "vne"])
def test_prices_are_not_negative(name):
    with pytest.raises(ConfigError, match=rf"regularizer.{name}.weight=-1: must be .*\[0, inf\)"):
        cell_of(f"regularizer={name}", f"regularizer.{name}.weight=-1")


def test_l1_and_l2_are_sums_over_all_parameters():
    """BatchNorm's and the biases too; the gradient of L1 is the sign."""
    for name, of in [("l1", torch.abs), ("l2", torch.square)]:
        value, gradients, objective, _ = penalty_of(name, f"regularizer.{name}.weight=0.5", "model.norm=batch")
        parameters = [p.detach() for p in objective.method.network.parameters()]
        assert len(parameters) == 5
        same(value, 0.5 * sum(of(p).sum() for p in parameters))
        for p, gradient in zip(parameters, gradients, strict=True):
            same(gradient, 0.5 * p.sign() if name == "l1" else p)
