"""Retrieval at the values of pytorch-metric-learning, and at its ends."""

import json

import pytest
import torch

from runner.parts.measures.retrieval import Retrieval, of_queries
from tests.zoo import ROOT

CASE = json.loads((ROOT / "tests" / "values" / "measures" / "retrieval.json").read_text())


def found(embeddings, labels):
    measures = Retrieval()
    targets = labels.expand(len(embeddings), -1)
    return measures.quality(measures.outcomes(embeddings, targets), targets)


def test_it_is_that_of_the_package():
    """Whose neighbours are near by Euclidean distance."""
    z, labels = torch.tensor(CASE["embeddings"], dtype=torch.float64), torch.tensor(CASE["labels"])
    ours = of_queries(-torch.cdist(z, z)[None], labels[None], torch.arange(len(labels)))
    ours["mean_average_precision_at_r"] = ours["map_at_r"]
    for name, value in CASE["values"].items():
        if name != "precision_at_1":  # which is recall at 1
            assert ours[name].mean().item() == pytest.approx(value, abs=1e-12)


def test_classes_apart_are_found_and_equal_embeddings_are_not():
    labels = torch.tensor([0, 0, 0, 1, 1, 1])
    apart = torch.eye(2)[labels]
    metrics = found(torch.stack([apart, apart.flip(1)]), labels)
    assert all(torch.equal(values, torch.ones(2, dtype=torch.float64)) for values in metrics.values())


def test_one_seed_does_not_touch_another():
    g = torch.Generator().manual_seed(0)
    z, labels = torch.randn(3, 40, 5, generator=g), torch.randint(4, (40,), generator=g)
    together = found(z, labels)
    for seed in range(3):
        alone = found(z[seed : seed + 1], labels)
        assert all(alone[name].item() == pytest.approx(together[name][seed].item()) for name in alone)


def test_an_example_alone_in_its_class_asks_for_nothing():
    labels = torch.tensor([0, 0, 1])
    z = torch.eye(3)[None, labels]
    assert found(z, labels)["map_at_r"].item() == 1


def test_a_seed_that_is_not_finite_has_no_metric():
    z = torch.randn(2, 6, 3, generator=torch.Generator().manual_seed(0))
    z[1, 2, 0] = torch.nan
    values = found(z, torch.tensor([0, 0, 0, 1, 1, 1]))["map_at_r"]
    assert values.isnan().tolist() == [False, True]


RIGHT, MIXED = torch.eye(2)[[0, 0, 0, 1, 1, 1]], torch.eye(2)[[0, 1, 0, 1, 0, 1]]


@pytest.mark.parametrize(("asks", "stored"), [(RIGHT, RIGHT), (RIGHT, MIXED), (MIXED, RIGHT)])
def test_an_embedding_asks_among_codes(asks, stored):
    measures, labels = Retrieval(measure=["codes"], bits=1.0), torch.tensor([0, 0, 0, 1, 1, 1])
    targets = labels.expand(1, -1)
    metrics = measures.quality(measures.outcomes(torch.cat([asks, stored], 1)[None], targets), targets)
    own = of_queries((asks @ stored.mT)[None], targets, torch.arange(6))["map_at_r"].mean()
    assert metrics["map_at_r"].item() == pytest.approx(own.item())
    assert (metrics["map_at_r"].item() == 1) == (asks is stored)
    assert metrics["uncoded_map_at_r"].item() == found(asks[None], labels)["map_at_r"].item()
    assert metrics["bits"].tolist() == [1.0]


def test_without_codes_what_is_stored_are_numbers_of_32_bits():
    labels = torch.tensor([0, 0, 1, 1])
    z = torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(0))
    measures, targets = Retrieval(measure=["codes"]), labels.expand(2, -1)
    metrics = measures.quality(measures.outcomes(z, targets), targets)
    assert metrics["bits"].tolist() == [96.0, 96.0]
    assert torch.equal(metrics["uncoded_map_at_r"], metrics["map_at_r"])
