"""How clusters agree with classes, at reference values."""

import json

import pytest
import torch

from runner.parts.measures._clusters import agreement, of_features
from tests.zoo import ROOT

CASE = json.loads((ROOT / "tests" / "values" / "measures" / "representation.json").read_text())["clusters"]


def test_clusters_agree_with_classes_as_published():
    found = agreement(CASE["labels"], CASE["clusters"])
    for name in ("accuracy", "nmi", "ari"):
        assert found[f"cluster_{name}"] == pytest.approx(CASE[name])


def test_classes_far_apart_are_found():
    labels = torch.arange(40)[None] % 4
    found = of_features(10 * torch.eye(4)[labels], labels, 4)
    assert all(values.tolist() == [1.0] for values in found.values())


def test_of_features_that_are_alike_there_are_as_many_clusters_as_different_ones():
    labels = torch.arange(40)[None] % 4
    found = of_features(torch.eye(2)[labels % 2], labels, 4)
    assert found["cluster_accuracy"].tolist() == [0.5]
    assert of_features(torch.ones(1, 40, 3), labels, 4)["cluster_accuracy"].tolist() == [0.25]
