"""Predictions that adapting has made surer: two readings, and limits."""

import json

import pytest
import torch
from torch import tensor

from runner.parts.adaptations._descending import mean_of_kept
from runner.parts.adaptations._entropy import entropies
from runner.parts.adaptations.confidence_difference import surer
from tests.zoo import ROOT

(CASE,) = json.loads((ROOT / "tests/values/adaptations/confidence_difference.json").read_text())
ADAPTED, TRAINED = (
    tensor(CASE["inputs"][f"{name}_logits"], dtype=torch.float64)[None] for name in ("adapted", "source")
)


@pytest.mark.parametrize(("of", "name"), [("adapted", "adapted_class"), ("trained", "source_class")])
def test_both_readings(of, name):
    kept = surer(ADAPTED, TRAINED, of)
    loss, some = mean_of_kept(entropies(ADAPTED), kept)
    assert kept[0].tolist() == CASE["output"][f"kept_{name}"]
    assert loss.item() == pytest.approx(CASE["output"][f"loss_{name}"], rel=1e-6)
    assert some.tolist() == [True]


@pytest.mark.parametrize("of", ["adapted", "trained"])
def test_a_network_that_did_not_change_keeps_all_and_one_that_is_sure_of_nothing_none(of):
    assert surer(TRAINED, TRAINED, of).all()
    assert not surer(torch.zeros_like(TRAINED), 3 * TRAINED, "trained").any()
