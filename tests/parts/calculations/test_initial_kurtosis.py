"""Preactivations at initialization: the closed forms of kurtosis and variance, against networks with weights too."""

import json

import numpy as np
import pytest

from runner.data.streams import numbers
from runner.parts.calculations.initial_kurtosis import excess_kurtosis, following, initial_kurtosis
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "theory" / "initial_kurtosis.json").read_text())


@pytest.mark.parametrize("layer", [1, 2])
@pytest.mark.parametrize("case", CASES)
def test_kurtosis_and_variance_are_the_closed_forms(case, layer):
    draws = np.random.default_rng(0)
    width, depth = case["inputs"]["width"], case["inputs"]["layer"][layer]
    z = np.sqrt(2) * draws.normal(size=(100_000, width))
    for _ in range(depth - 1):
        z = following(z, 2.0, draws)
    assert np.square(z).mean() == pytest.approx(case["output"]["variance"][layer], rel=0.02)
    assert excess_kurtosis(z) == pytest.approx(case["output"]["excess_kurtosis"][layer], rel=0.15)


def test_layers_drawn_without_weights_are_those_with_weights():
    draws = np.random.default_rng(0)
    z = np.sqrt(1.8) * draws.normal(size=(20_000, 5))
    weights = np.sqrt(1.8 / 5) * draws.normal(size=(20_000, 5, 5))
    multiplied = np.einsum("mij,mj->mi", weights, np.maximum(z, 0))
    drawn = following(z, 1.8, draws)
    assert np.square(drawn).mean() == pytest.approx(np.square(multiplied).mean(), rel=0.05)
    assert excess_kurtosis(drawn) == pytest.approx(excess_kurtosis(multiplied), rel=0.25)


def test_off_criticality_the_variance_drifts_by_half_the_gain():
    keys = {"width": 100, "depth": 11, "networks": 1000}
    for gain in (1.8, 2.2):
        found = initial_kurtosis(numbers("calculation", 0), gain=gain, **keys)["variance_drift"]
        assert found == pytest.approx(abs(np.log(gain / 2)), abs=0.01)
    assert initial_kurtosis(numbers("calculation", 0), gain=2.0, **keys)["variance_drift"] < 0.01
