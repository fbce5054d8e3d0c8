"""PIM: the released code's values, what Adam makes of it, and what it tells of known and new classes."""

import json

import pytest
import torch
from torch import nn, tensor

from runner.parts.measures import _discovery as discovery
from runner.parts.measures.representation import Representation
from runner.tasks.declared.representation import REPRESENTATION
from tests.objectives import near, same
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "measures" / "discovery.json").read_text())
QUICK = {"STEPS": 60, "STARTS": 3, "WEIGHTS": (0.1, 0.5, 1.0)}


@pytest.fixture
def quick(monkeypatch):
    for name, value in QUICK.items():
        monkeypatch.setattr(discovery, name, value)


def numbers(case):
    given = case["inputs"]
    logits = tensor(given["logits"], dtype=torch.float64)
    return logits.T[None], tensor(given["labels"]), tensor(given["labelled"])


@pytest.mark.parametrize("case", CASES)
def test_each_term_is_the_released_codes(case):
    logits, labels, told = numbers(case)
    (one, two), asked = tensor([[1.0], [2.0]], dtype=torch.float64), case["output"]
    unsure = discovery.objective(logits, None, told, two) - discovery.objective(logits, None, told, one)
    near(unsure.item(), asked["conditional_entropy_unlabelled"])
    near((discovery.objective(logits, None, told, one) - unsure).item(), asked["minus_marginal_entropy_all"])
    supervised = discovery.objective(logits, labels, told, one) - discovery.objective(logits, None, told, one)
    near(supervised.item(), asked["ce_labelled"])
    weight = tensor([case["hyper"]["lam"]], dtype=torch.float64)
    near(discovery.objective(logits, labels, told, weight).item(), asked["total"])


def test_it_is_fitted_by_adam_as_released(quick):
    """Each weight by itself, with a linear layer, cross-entropy and entropies as the released script writes them."""
    (z, labels), told = groups(), tensor([True, False, False] * 20)
    start = z[:3].double()
    ours = discovery.fitted(z.double(), labels, told, start, (0.2, 0.9))
    for weight, head in zip((0.2, 0.9), ours, strict=True):
        layer = nn.Linear(2, 3, bias=False).double()
        layer.weight.data = start.clone()
        optimizer = torch.optim.Adam(layer.parameters(), lr=0.001, weight_decay=1e-2)
        for _ in range(QUICK["STEPS"]):
            optimizer.zero_grad()
            logits = 25 * layer(z.double())
            p = logits.softmax(1)
            loss = -weight * (p[~told] * p[~told].log()).sum(1).mean() + (p.mean(0) * p.mean(0).log()).sum()
            (loss + nn.functional.cross_entropy(logits[told], labels[told])).backward()
            optimizer.step()
        near(head, layer.weight.detach())


def groups(count=60, classes=3, spread=0.02):
    """Directions (N, 2) in the plane around one of each class, and the classes, in turn."""
    labels = torch.arange(count) % classes
    angle = 2 * torch.pi * labels / classes + spread * torch.randn(count, generator=torch.Generator().manual_seed(0))
    return torch.stack([angle.cos(), angle.sin()], dim=1), labels


def test_of_known_classes_half_is_told():
    same(discovery.labelled(tensor([3, 0, 1, 0, 0, 2, 1]), 4), tensor([False, True, True, True, False, False, False]))
    assert not discovery.labelled(tensor([2, 1, 2]), 3)[[0, 2]].any()


def test_classes_apart_are_found_whatever_their_length(quick):
    z, labels = groups(80, 4)
    found = discovery.discovered((z * torch.rand(80, 1) * 9)[None].float(), labels[None], labels[None], 4)
    for name in ("accuracy", "known", "new", "plain", "kmeans", "seeded"):
        assert found[f"discovery_{name}"].tolist() == [1.0]
    assert found["discovery_gain"].tolist() == [0.0]
    assert found["discovery_weight"].tolist() == [0.1]  # of weights as good as each other the first


def test_labels_that_are_not_told_are_not_looked_at(quick):
    """Of the second half none is told, and its given labels exchange known classes with new ones."""
    z, labels = groups(80, 4, spread=0.6)
    given = torch.where(torch.arange(80) < 40, labels, tensor([2, 3, 0, 1])[labels])
    one, other = (discovery.discovered(z[None], said[None], labels[None], 4) for said in (labels, given))
    for name, values in one.items():
        same(other[name], values)


def test_true_classes_are_only_compared_with(quick):
    """Classes that change places are matched anew."""
    z, labels = groups(80, 4, spread=0.6)
    one, other = (discovery.discovered(z[None], labels[None], true[None], 4) for true in (labels, 3 - labels))
    for name, values in one.items():
        same(other[{"discovery_known": "discovery_new", "discovery_new": "discovery_known"}.get(name, name)], values)
    assert one["discovery_known"] != one["discovery_new"]


def test_what_is_best_for_given_labels_is_chosen_and_compared_with_weight_one(monkeypatch):
    z, labels = torch.eye(4)[torch.arange(16) % 4], torch.arange(16) % 4
    given, asked = tensor([1, 0, 2, 3])[labels], {}
    apart, alike = torch.eye(4), torch.eye(4)[[0, 0, 0, 0]]
    monkeypatch.setattr(discovery, "chosen", lambda *said: asked.update(labels=said[1]) or 0.3)
    monkeypatch.setattr(
        discovery, "fitted", lambda *said: torch.stack([apart if each < 1 else alike for each in said[4]])
    )
    found = discovery.discovered(z[None], given[None], labels[None], 4)
    same(asked["labels"], given)
    assert found["discovery_accuracy"].tolist() == [1.0]
    assert found["discovery_plain"].tolist() == [4 / 12]
    assert found["discovery_gain"].item() == pytest.approx(8 / 12)


def test_all_examples_are_matched_together():
    """Of one cluster of five examples three are of class 0, and one of class 0 is in the other cluster."""
    clusters, labels = tensor([0, 0, 0, 0, 0, 1, 1]), tensor([0, 0, 0, 1, 1, 0, 1])
    same(discovery.agree(clusters, labels, 2), tensor([True, True, True, False, False, False, True]))
    same(discovery.agree(1 - clusters, labels, 2), tensor([True, True, True, False, False, False, True]))


def test_the_weight_is_chosen_by_labels_that_are_told(monkeypatch):
    """Of heads that are right of one, of two and of two told examples the second."""
    z, labels, told = torch.eye(3), tensor([0, 1, 2]), tensor([True, True, False])
    alike, apart = torch.eye(3)[[0, 0, 0]], torch.eye(3)
    monkeypatch.setattr(discovery, "WEIGHTS", (0.2, 0.4, 0.6))
    monkeypatch.setattr(discovery, "fitted", lambda z, given, told, start, weights: torch.stack([alike, apart, apart]))
    assert discovery.chosen(z, labels, told, apart) == 0.4


def test_features_that_are_alike_give_numbers(quick):
    labels = torch.arange(12)[None] % 4
    found = discovery.discovered(torch.ones(1, 12, 3), labels, labels, 4)
    assert all(values.isfinite().all() for values in found.values())
    assert found["discovery_kmeans"].tolist() == [3 / 8]


def test_wrong_labels_are_given_and_true_ones_compared_with(quick):
    """Names of the known classes exchanged in what is given: the sorting is as good."""
    z, labels = groups(80, 4)
    given = tensor([1, 0, 2, 3])[labels]
    found = discovery.discovered(z[None], given[None], labels[None], 4)
    assert found["discovery_accuracy"].tolist() == [1.0]


def test_it_is_measured_of_training_examples_where_it_is_asked_for(quick):
    features, labels = groups(40, 4)
    both = torch.stack([features, features])
    both[1, 0] = torch.nan
    labels = labels.expand(2, -1)
    measures = Representation(num_classes=4, measure=["discovery"])
    seen = measures.outcomes(both, labels)
    found = measures.label_noise(seen, labels, labels)
    (extra,) = (extra for extra in REPRESENTATION.extras if extra.name == "discovery")
    assert {*found} == {metric.name for metric in extra.metrics}
    assert all(values[0].isfinite() and values[1].isnan() for values in found.values())
    assert Representation(num_classes=4).label_noise(seen, labels, labels) == {}


def test_a_class_begins_at_the_mean_of_its_examples():
    found = discovery.means(tensor([[1.0, 0.0], [3.0, 0.0], [0.0, 5.0]]), tensor([0, 0, 1]), 3)
    same(found, tensor([[2.0, 0.0], [0.0, 5.0], [0.0, 0.0]]))
