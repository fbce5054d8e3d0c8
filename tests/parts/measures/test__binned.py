"""Calibration errors against reference values and loops in numpy, and what holds between them."""

import numpy as np
import pytest
import torch

from runner.parts.measures import _binned
from runner.parts.measures.classification import calibration, outcomes, quality
from runner.tasks.bins import BINS
from tests.parts.calibrators.cases import case, overconfident

NAMES = {"ece": "ece_guo_15", "adaptive_ece": "adaptive_ece_tensor_split_15", "classwise_ece": "classwise_ece_15"}


def found(logits, labels):
    seen = outcomes(logits, labels, keep=True)
    return quality(seen, labels, logits.shape[2]) | calibration(seen, labels)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_the_value_of_the_case(name):
    logits, labels, expected = case("calibration_200x4")
    assert found(logits, labels)[name].item() == pytest.approx(expected[NAMES[name]], abs=1e-12)


def test_the_gap_is_that_of_the_case():
    logits, labels, expected = case("balance_score_top_label")
    assert found(logits, labels)["confidence_gap"].item() == pytest.approx(expected["absolute"], abs=1e-12)


@pytest.mark.parametrize("scale", [0.3, 1.0, 3.0])
def test_the_gap_is_at_most_any_calibration_error(scale):
    logits, labels = overconfident(seeds=5, examples=73, scale=scale)
    its = found(logits, labels)
    for name in ("ece", "adaptive_ece"):
        assert (its["confidence_gap"] <= its[name] + 1e-12).all()


def test_where_confidence_is_always_too_high_all_are_the_gap():
    """Each prediction is wrong, so no bin has an accuracy above its confidence."""
    logits, _ = overconfident(seeds=2)
    its = found(logits, (logits.argmax(2) + 1) % 4)
    for name in ("ece", "adaptive_ece"):
        torch.testing.assert_close(its[name], its["confidence_gap"], rtol=0, atol=1e-12)


def test_bins_of_equal_size_are_numpys():
    logits, labels = overconfident(seeds=3, examples=BINS * 7 + 4)
    its = found(logits, labels)["adaptive_ece"]
    for z, y, ours in zip(logits, labels, its, strict=True):
        confidence, predicted = z.softmax(1).max(1)
        gaps = ((predicted == y).double() - confidence).numpy()[np.argsort(confidence.numpy())]
        theirs = sum(abs(part.sum()) for part in np.array_split(gaps, BINS)) / len(gaps)
        assert ours.item() == pytest.approx(theirs, abs=1e-12)


def test_the_order_of_tied_examples_does_not_matter():
    logits = torch.tensor([2.0, 0.0], dtype=torch.float64).expand(1, 40, 2)
    labels = (torch.arange(40) % 3 == 0).long()[None]
    shuffled = labels[:, torch.randperm(40, generator=torch.Generator().manual_seed(0))]
    assert not torch.equal(labels, shuffled)
    one, other = (found(logits, each)["adaptive_ece"].item() for each in (labels, shuffled))
    assert one == pytest.approx(other, abs=1e-12)
    assert one == pytest.approx(found(logits, labels)["confidence_gap"].item(), abs=1e-12)


def test_fewer_examples_than_bins_have_a_bin_each():
    confidence, right = torch.tensor([[0.9, 0.6, 0.7]], dtype=torch.float64), torch.tensor([[True, False, True]])
    ours = _binned.adaptive_calibration_error(confidence, right)
    assert ours.item() == pytest.approx((0.1 + 0.6 + 0.3) / 3, abs=1e-12)


def test_a_class_of_probability_zero_is_in_the_first_bin():
    p = torch.tensor([[[1.0, 0.0], [1.0, 0.0]]], dtype=torch.float64)
    assert _binned.classwise_calibration_error(p, torch.tensor([[0, 1]])).item() == pytest.approx(0.5)
