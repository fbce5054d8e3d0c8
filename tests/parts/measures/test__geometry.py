"""Alignment and uniformity, at reference values and of all pairs."""

import json

import pytest
import torch

from runner.parts.measures._geometry import alignment_and_uniformity
from tests.parts.measures.test_representation import points
from tests.zoo import ROOT

CASE = json.loads((ROOT / "tests" / "values" / "measures" / "representation.json").read_text())["geometry"]


def test_alignment_and_uniformity_are_as_published():
    one, other = (torch.tensor(CASE[key], dtype=torch.float64) for key in ("one", "other"))
    labels = torch.arange(len(one))
    alignment, _ = alignment_and_uniformity(torch.cat([one, other])[None], labels.repeat(2)[None])
    _, uniformity = alignment_and_uniformity(one[None], labels[None])
    assert alignment.item() == pytest.approx(CASE["alignment"])
    assert uniformity.item() == pytest.approx(CASE["uniformity_of_one"])


def test_pairs_of_chunks_are_all_pairs():
    z, labels = points(0, 300)
    alignment, uniformity = alignment_and_uniformity(z[None], labels[None])
    unit = torch.nn.functional.normalize(z.double(), dim=1)
    i, j = torch.triu_indices(300, 300, 1)
    apart = (unit[i] - unit[j]).square().sum(1)
    assert alignment.item() == pytest.approx(apart[labels[i] == labels[j]].mean().item())
    assert uniformity.item() == pytest.approx((-2 * apart).exp().mean().log().item())
