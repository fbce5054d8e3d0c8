"""Symmetric InfoNCE at reference values and at its limits; its laws are those of pairs."""

import json
import math

import pytest
import torch

from losses.pairs.clip import CLIP
from runner.catalog.example_batches import B, E, embeddings, examples_of
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "pairs" / "clip.json").read_text())


def sides():
    """Embeddings (B, E) of both sides in float64, and places."""
    return examples_of(embeddings, E, E)(dtype=torch.float64)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_reference_value(case):
    one, other = (torch.tensor(case[key], dtype=torch.float64) for key in ("one", "other"))
    losses = CLIP(temperature=case["temperature"])(one, other, torch.arange(len(one)))
    assert losses.mean().item() == pytest.approx(case["mean"], abs=1e-9)


def test_a_large_temperature_tells_nothing_apart():
    limit = torch.full((B,), math.log(B), dtype=torch.float64)
    torch.testing.assert_close(CLIP(temperature=1e9)(*sides()), limit)


def test_no_side_is_told_from_its_own():
    """Other examples of one side may be as near as they like: of unit vectors, only cosines between sides count."""
    one, other, index = (
        torch.eye(4, dtype=torch.float64)[[0, 0, 1]],
        torch.eye(4, dtype=torch.float64)[[2, 2, 3]],
        None,
    )
    torch.testing.assert_close(CLIP(temperature=0.1)(one, other, index), torch.full((3,), math.log(3)).double())


def test_sides_may_be_exchanged():
    one, other, index = sides()
    loss = CLIP(temperature=0.07)
    torch.testing.assert_close(loss(one, other, index), loss(other, one, index))
