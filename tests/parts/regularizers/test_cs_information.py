"""The information of features about inputs, as a penalty."""

import json

import pytest
import torch

from runner.data.loader import Batch
from tests.parts.penalties import regularizer
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "regression" / "cauchy_schwarz.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_it_is_the_released_value_times_its_weight(case):
    x, t = (torch.tensor(case[key], dtype=torch.float64) for key in ("x", "t"))
    penalty = regularizer("cs_information", weight=0.5, sigma=case["sigma"])
    batch = Batch(x[:, None], torch.arange(len(x)), torch.arange(len(x)), {})
    assert penalty(t, t, batch).item() == pytest.approx(0.5 * case["information"], abs=1e-9)


def test_more_information_costs_more():
    x = torch.randn(16, 3, generator=torch.Generator().manual_seed(0))
    batch, penalty = Batch(x, torch.arange(16), torch.arange(16), {}), regularizer("cs_information", weight=1.0)
    shuffled = x[torch.randperm(16, generator=torch.Generator().manual_seed(1))]
    none, other, all_of_it = (penalty(f, f, batch) for f in (torch.ones(16, 2), shuffled, x))
    assert none.abs() < 1e-6
    assert none < other < all_of_it
