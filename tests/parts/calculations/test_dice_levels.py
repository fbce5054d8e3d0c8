"""Simpson's bias: Dice of elements, of a set and of the data set, and what training by each comes to."""

import json

import pytest
import torch

from runner.data.streams import numbers
from runner.parts.calculations.dice_levels import dice, dice_levels, of_set, sampled
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "theory" / "dice_levels.json").read_text())
KEYS = {"batch": 64, "imbalance": 20.0, "features": 5, "examples": 2000, "epochs": 10}


@pytest.mark.parametrize("case", CASES)
def test_losses_are_those_of_the_formula(case):
    p, y = (torch.tensor(case["inputs"][name], dtype=torch.float64) for name in ("p", "y"))
    smooth = case["hyper"]["smooth"]
    assert dice(p.flatten(), y.flatten(), "example").item() == pytest.approx(case["output"]["sample"], abs=1e-12)
    assert dice(p.flatten(), y.flatten(), "batch").item() == pytest.approx(case["output"]["batch"], abs=1e-12)
    assert of_set(p, y, smooth).mean().item() == pytest.approx(case["output"]["row"], abs=1e-12)
    assert of_set(p.flatten(), y.flatten(), 0.0).item() == pytest.approx(case["output"]["soft_f1"], abs=1e-12)


def test_a_batch_of_all_examples_has_the_bias_of_its_smoothing_alone():
    found = dice_levels(numbers("calculation", 0), level="batch", **KEYS | {"batch": 2000})
    assert found["bias"] < 0.02


def test_examples_one_by_one_lead_to_no_positive_prediction():
    by_example, by_batch = (
        dice_levels(numbers("calculation", 0), level=level, **KEYS) for level in ("example", "batch")
    )
    assert by_example["f1"] == 0
    assert by_batch["f1"] > 0.3


def test_one_in_twenty_one_is_positive_and_shifted():
    x, y = sampled(numbers("calculation", 0), torch.tensor([2.0, 0.0]).numpy(), 21000, 20.0)
    assert y.sum() == 1000
    assert (x[y == 1].mean(0) - x[y == 0].mean(0)).tolist() == pytest.approx([2, 0, 0], abs=0.1)
