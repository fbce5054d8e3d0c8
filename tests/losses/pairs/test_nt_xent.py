"""NT-Xent under the laws of pairs, at the released values and at its limits."""

import json
import math

import pytest
import torch

from runner.catalog.example_batches import B, E, embeddings, examples_of
from runner.catalog.loss_laws import laws_for, laws_of
from runner.parts.methods.crosssplit import TEMPERATURE
from runner.parts.methods.crosssplit import nt_xent as of_crosssplit
from tests.zoo import ROOT, losses_for, make, node

LOSSES = losses_for("any", "pair")
CASES = json.loads((ROOT / "tests" / "values" / "pairs" / "nt_xent.json").read_text())


def loss(**changed):
    return make("nt_xent", num_train=B, num_classes=4, **changed).double()


def views():
    """Two views (B, E) in float64, and places."""
    return examples_of(embeddings, E, E)(dtype=torch.float64)


@pytest.mark.parametrize("law", laws_for("classification", "pair"))
@pytest.mark.parametrize("name", LOSSES)
def test_law(request, name, law):
    if (name, law) == ("cosine", "collapse_is_worse_than_spread"):
        request.applymarker(pytest.mark.xfail(reason="nothing in it repels: its methods do", strict=True))
    laws_of(node(name), "classification")[law]()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_reference_value(case):
    one, other = (torch.tensor(case[key], dtype=torch.float64) for key in ("one", "other"))
    losses = loss(temperature=case["temperature"])(one, other, torch.arange(len(one)))
    assert losses.mean().item() == pytest.approx(case["mean"], abs=1e-9)


def test_a_large_temperature_tells_nothing_apart():
    one, other, index = views()
    limit = torch.full((B,), math.log(2 * B - 1), dtype=torch.float64)
    torch.testing.assert_close(loss(temperature=1e9)(one, other, index), limit)


def test_neither_lengths_nor_a_rotation_count():
    one, other, index = views()
    losses = loss()(one, other, index)
    turn, _ = torch.linalg.qr(torch.randn(E, E, generator=torch.Generator().manual_seed(2), dtype=torch.float64))
    torch.testing.assert_close(loss()(3 * one, 0.1 * other, index), losses)
    torch.testing.assert_close(loss()(one @ turn, other @ turn, index), losses)


def test_that_of_crosssplit_is_its_mean():
    one, other, index = views()
    torch.testing.assert_close(of_crosssplit(one, other), loss(temperature=TEMPERATURE)(one, other, index).mean())
