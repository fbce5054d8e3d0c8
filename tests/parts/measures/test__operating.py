"""The operating-point inconsistency score against the definition, pair by pair."""

import pytest
import torch
from torch.nn.functional import normalize

from runner.parts.measures._operating import BINS, counts, inconsistency

LABELS = torch.arange(90) % 3


def made(*scatter):
    """(90, 6) features about three directions, each class with a scatter of its own."""
    noise = torch.randn(90, 6, generator=torch.Generator().manual_seed(0))
    return torch.eye(6)[LABELS] + torch.tensor(scatter)[LABELS][:, None] * noise


def by_hand(features, labels, steps=20_000):
    unit = normalize(features.double(), dim=1)
    alike, same = unit @ unit.mT, labels[:, None] == labels
    another, within = ~same, same & ~torch.eye(len(labels), dtype=torch.bool)
    scores = []
    for t in torch.linspace(-1, 1, steps + 1)[:-1].double():
        if not 0.01 <= (alike[another] >= t).double().mean() <= 0.1:
            continue
        utility = []
        for c in labels.unique():
            its = labels == c
            refused = 1 - (alike[its][another[its]] >= t).double().mean()
            found = (alike[its][within[its]] >= t).double().mean()
            utility.append(2 * refused * found / (refused + found))
        scores.append(torch.stack(utility).var(correction=0))
    return torch.stack(scores).mean().item()


def test_it_is_what_its_definition_says():
    features = made(0.2, 0.4, 0.8)
    found = inconsistency(features[None], LABELS[None]).item()
    assert found == pytest.approx(by_hand(features, LABELS), rel=0.02)
    assert found > 1e-3


def test_classes_that_are_alike_have_less():
    alike, unlike = inconsistency(torch.stack([made(0.4, 0.4, 0.4), made(0.2, 0.4, 0.8)]), LABELS.expand(2, -1))
    assert alike < unlike / 3


def test_one_seed_does_not_touch_another():
    features = torch.stack([made(0.2, 0.4, 0.8), made(0.5, 0.4, 0.3)])
    labels = torch.stack([LABELS, LABELS.flip(0)])
    together = inconsistency(features, labels)
    for seed in range(2):
        assert inconsistency(features[seed : seed + 1], labels[seed : seed + 1])[0] == together[seed]


def test_every_pair_of_two_examples_is_counted():
    pairs = counts(normalize(made(0.2, 0.4, 0.8).double(), dim=1)[None], LABELS[None])
    assert pairs.shape == (1, 3, 2, BINS)
    assert pairs.sum(3).tolist() == [[[30 * 60, 30 * 29]] * 3]


def test_without_a_threshold_in_the_range_there_is_no_score():
    assert inconsistency(torch.ones(1, 90, 6), LABELS[None]).isnan().all()
