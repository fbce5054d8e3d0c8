"""Deep networks at and off criticality: the variance of their first signals, what they are shown, how they learn."""

import json
import math

import numpy as np
import pytest
import torch

from runner.compose.command_line import compose_cells
from runner.data.streams import numbers
from runner.parts.calculations import deep_training as module
from runner.parts.calculations.deep_training import deep_training, initialized
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "theory" / "initial_kurtosis.json").read_text())
WIDE = next(case for case in CASES if case["inputs"]["width"] == 50)


def measured(**changed):
    (cell,) = compose_cells(["calculation=deep_training"], multirun=False)
    keys = {key: value for key, value in cell.config["calculation"].items() if key != "_target_"}
    return deep_training(numbers("calculation", 0), **{**keys, "depth": 2, "steps": 100, **changed})


def variance(layers, gain, networks=300):
    """Of the preactivations of so many networks of width 50, of an input of mean square 1."""
    x = torch.ones(1, 50, dtype=torch.float64)
    draws = np.random.default_rng(0)
    with torch.no_grad():
        return torch.cat([initialized(draws, (50,) * (layers + 1), gain)(x) for _ in range(networks)]).var().item()


@pytest.mark.parametrize("place", [0, 1, 2])
def test_at_the_critical_gain_the_variance_stays(place):
    layers = WIDE["inputs"]["layer"][place]
    assert variance(layers, WIDE["hyper"]["C_W"]) == pytest.approx(WIDE["output"]["variance"][place], rel=0.1)


@pytest.mark.parametrize("gain", [1.0, 3.0])
def test_off_it_the_variance_is_multiplied_by_half_the_gain(gain):
    assert variance(5, gain) == pytest.approx(gain * (gain / 2) ** 4, rel=0.15)


def test_biases_begin_at_zero_and_all_is_trained():
    network = initialized(np.random.default_rng(0), (4, 3, 2), 2.0)
    assert all(not bias.any() for bias in network.biases)
    assert len(network.parameters()) == 4


def test_training_pixels_have_mean_square_1(monkeypatch):
    shown = []

    def recorded(draws, sizes, gain):
        network = initialized(draws, sizes, gain)
        monkeypatch.setattr(type(network), "__call__", lambda net, x: shown.append(x) or net.layers(x)[-1])
        return network

    monkeypatch.setattr(module, "initialized", recorded)
    measured(steps=0, train_size=300)
    test, train = shown
    assert (len(test), len(train)) == (1497, 300)
    assert train.square().mean() == pytest.approx(1)
    assert test.square().mean() == pytest.approx(1, abs=0.05)


def test_a_deep_network_learns_from_critical_weights_and_not_from_small_ones():
    found = {gain: measured(depth=6, gain=gain) for gain in (1 / 3, 2.0)}
    assert found[2.0]["accuracy"] > 0.5 > 0.2 > found[1 / 3]["accuracy"]
    assert found[1 / 3]["training_loss"] == pytest.approx(math.log(10), abs=0.02)


def test_training_goes_on_for_as_many_steps_as_are_asked_for():
    losses = [measured(steps=steps)["training_loss"] for steps in (0, 20, 100)]
    assert losses == sorted(losses, reverse=True)
    assert measured(steps=20, lr=1e-9)["training_loss"] == pytest.approx(losses[0], rel=1e-4)


def test_a_network_that_explodes_has_no_loss():
    assert math.isnan(measured(depth=8, gain=20.0, lr=1.0)["training_loss"])
