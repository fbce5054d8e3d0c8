"""Losses of two views of a batch under their laws, and at the released values."""

import json

import pytest
import torch

from runner.catalog.loss_laws import laws_for, laws_of
from tests.zoo import ROOT, losses_for, make, node

LOSSES = losses_for("any", "views")
CASES = json.loads((ROOT / "tests" / "values" / "views" / "barlow.json").read_text())


@pytest.mark.parametrize("law", laws_for("classification", "views"))
@pytest.mark.parametrize("name", LOSSES)
def test_law(name, law):
    laws_of(node(name), "classification")[law]()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_barlow_is_the_released_one(case):
    one, other = (torch.tensor(case[key], dtype=torch.float64) for key in ("one", "other"))
    loss = make("barlow", num_train=8, num_classes=4, redundancy=case["redundancy"]).double()
    assert loss(one, other, torch.arange(len(one))).item() == pytest.approx(case["value"], abs=1e-9)
