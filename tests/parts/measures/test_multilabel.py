"""Metrics of labels that are there or not; each of them against scikit-learn's in test_ranking.py."""

import math

import pytest
import torch
from sklearn.metrics import log_loss

from runner.parts.measures.multilabel import MultiLabel
from runner.tasks.declared.multilabel import MULTILABEL

S, M, L = 2, 60, 4


@pytest.fixture
def case():
    g = torch.Generator().manual_seed(0)
    return torch.randn(S, M, L, generator=g), (torch.rand(S, M, L, generator=g) < 0.4).float()


def measured(logits, bits):
    measures = MultiLabel()
    return measures.quality(measures.outcomes(logits, bits), bits)


def test_every_metric_is_declared_and_within_its_bounds(case):
    found = measured(*case)
    assert list(found) == [metric.name for metric in MULTILABEL.quality]
    for metric in MULTILABEL.quality:
        assert all(metric.holds(value) for value in found[metric.name].tolist()), metric.name


def test_the_cross_entropy_is_scikit_learns(case):
    logits, bits = case
    found = measured(logits, bits)["bce"]
    for seed in range(S):
        p, y = logits[seed].double().sigmoid().flatten(), bits[seed].flatten()
        assert found[seed].item() == pytest.approx(log_loss(y, torch.stack([1 - p, p], 1)), rel=1e-6)


def test_it_leaves_out_what_is_not_told(case):
    logits, bits = case
    some = bits.clone()
    some[:, :, 1:] = -1
    assert measured(logits, some)["bce"].tolist() == pytest.approx(
        measured(logits[..., :1], bits[..., :1])["bce"].tolist()
    )


def test_a_perfect_prediction_has_the_best_of_each(case):
    _, bits = case
    found = measured(20 * (2 * bits - 1), bits)
    bits_of_each = bits.sum(2)
    wanted = {"coverage": (bits_of_each - 1).clamp(min=0).mean(1), "bce": torch.zeros(S)}
    for metric in MULTILABEL.quality:
        if metric.name == "one_error":  # an example without labels has nothing that could come first
            assert torch.allclose(found["one_error"], (bits_of_each == 0).double().mean(1))
        else:
            best = wanted.get(metric.name, torch.full((S,), float(metric.higher)))
            assert torch.allclose(found[metric.name].float(), best.float(), atol=1e-6), metric.name


def test_what_was_learnt_of_bits_that_were_changed():
    true = torch.tensor([[[1.0, 0.0], [1.0, 1.0]]])
    given = torch.tensor([[[0.0, 0.0], [-1.0, 1.0]]])  # one flipped, one not told
    logits = torch.tensor([[[-1.0, -1.0], [2.0, 1.0]]])
    measures = MultiLabel()
    found = measures.label_noise(measures.outcomes(logits, given), given, true)
    assert found["memorised"].item() == 1.0  # the flipped bit is predicted as given
    assert found["corrected"].item() == 0.5  # and the one that is not told as it is
    assert measures.label_noise(measures.outcomes(logits, true), true, true).keys() == {"map_given", "map_true"}


def test_logits_that_are_not_numbers_are_metrics_of_none(case):
    logits, bits = case
    logits[1, 3, 2] = math.nan
    assert [value.isnan().tolist() for value in measured(logits, bits).values()] == [[False, True]] * 10
