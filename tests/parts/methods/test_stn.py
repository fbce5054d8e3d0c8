"""Self-tuning networks: the released layer, the plain network that they begin as, and the steps of what is tuned."""

import json

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy, softplus

from runner.console.errors import ConfigError
from runner.parts.methods.stn import Box, Responding, rate
from runner.training.run import run
from tests.objectives import first
from tests.zoo import ROOT

HELD = ["val_fraction=0.2"]
STN = [*HELD, "method=stn", "model.width=8"]


def test_a_layer_is_as_released():
    case = json.loads((ROOT / "tests/values/methods/stn_hyperlinear.json").read_text())
    numbers = {k: torch.tensor(v, dtype=torch.float64) for k, v in case["inputs"]["state"].items()}
    box = Box()
    layer = Responding(nn.Linear(3, 2), 2, 0, 0, box).double()
    with torch.no_grad():
        for name, own in {
            "elem_weight": layer.weight, "elem_bias": layer.bias, "elem_scalar": layer.scale,
            "hnet_weight": layer.response_weight, "hnet_bias": layer.response_bias,
            "htensor_to_scalars.weight": layer.gates,
        }.items():  # fmt: skip
            own.copy_(numbers[name])
    x, h = (torch.tensor(case["inputs"][name], dtype=torch.float64) for name in ("x", "h"))
    with box.holding(h):
        torch.testing.assert_close(layer(x), torch.tensor(case["expected"]["y"], dtype=torch.float64))


def test_it_begins_as_the_plain_network():
    tuned, seen = first(*STN)
    plain, same = first(*HELD, "model.width=8")
    torch.testing.assert_close(tuned.predict(seen.x), plain.predict(same.x))
    torch.testing.assert_close(tuned.method.rates, torch.full((2,), 0.1, dtype=torch.float64))


def test_inputs_are_dropped_at_the_rate_of_each_example():
    box = Box()
    layer = Responding(nn.Linear(1000, 1, bias=True), 2, 1, 0, box)
    nn.init.ones_(layer.weight)
    nn.init.zeros_(layer.bias)
    h = torch.tensor([[9.0, -2.0], [9.0, 0.0], [9.0, 2.0]])
    with box.holding(h, torch.rand(3, 1000, generator=torch.Generator().manual_seed(0))):
        found = layer(torch.ones(3, 1000))[:, 0]
    share = rate(h[:, 1])
    spread = (1000 * share / (1 - share)).sqrt()
    assert ((found - 1000).abs() < 5 * spread).all()
    assert (found != 1000).all()


def test_what_is_tuned_goes_as_adam_does_on_the_validation_loss():
    objective, seen = first(*STN, "method.every=1", "method.warm_up=0", "method.lr=0.05", "method.entropy=0.1")
    method = objective.method
    for layer in method.layers:
        nn.init.normal_(layer.gates, std=0.5, generator=torch.Generator().manual_seed(1))
    tuned = method.tuned.detach().clone().requires_grad_()
    adam = torch.optim.Adam([tuned], lr=0.05)
    for _ in range(3):
        deviation = softplus(tuned[1])
        with method.box.holding(tuned[0] + deviation * seen.draws["stn_held"]):
            loss = cross_entropy(method.erm.predict(method.held_x), method.held_labels)
        adam.zero_grad()
        (slope,) = torch.autograd.grad(loss - 0.1 * deviation.log().sum(), tuned)
        tuned.grad = slope
        adam.step()
        method(seen)
        torch.testing.assert_close(method.tuned, tuned.detach(), rtol=1e-6, atol=1e-8)
    assert (method.layers[0].h == method.tuned[0]).all()


@pytest.mark.parametrize(("said", "steps"), [("method.warm_up=1", 0), ("method.every=3", 1), ("method.every=1", 3)])
def test_steps_are_taken_when_they_are_due(said, steps):
    objective, seen = first(*STN, "method.warm_up=0", said)
    before = objective.method.tuned.clone()
    for _ in range(3):
        objective.method(seen)
    assert (objective.method.taken, objective.method.adam.steps) == (3, steps)
    assert (objective.method.tuned[1] != before[1]).all() == (steps > 0), "the noise grows by its entropy"


def test_without_steps_the_rates_stay(compose):
    for event in run(**compose(*STN, "method.lr=0", "method.warm_up=0", seeds=[0, 1])):
        assert getattr(event, "state", None) != "diverged"
    objective, seen = first(*STN, "method.lr=0", "method.warm_up=0")
    before = objective.method.tuned.clone()
    objective.method(seen)
    assert torch.equal(objective.method.tuned, before)


@pytest.mark.parametrize("said", [["model=cnn", "dataset=digits"], ["model.norm=batch"]])
def test_other_networks_are_refused(said):
    with pytest.raises(ConfigError, match="is for networks of linear layers alone"):
        first(*HELD, "method=stn", *said)
