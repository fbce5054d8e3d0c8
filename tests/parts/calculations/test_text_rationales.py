"""A classifier that is told reasons: values and gradients, laws of its objective, and what its texts hold."""

import json

import numpy as np
import pytest

from runner.data.streams import numbers
from runner.parts.calculations.text_rationales import (
    COMMON,
    REASON,
    counts,
    fitted,
    loss,
    other,
    text_rationales,
    texts,
)
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "single_tasks" / "text_rationales.json").read_text())
KEYS = {"alpha": 0.1, "others": 2, "along": 8, "train_size": 60, "test_size": 30}


def given(case):
    x, labels = np.array(case["inputs"]["x"]), np.array(case["inputs"]["y_onehot"])
    weights = np.array(case["inputs"]["weights_K_by_D_plus_1"]).reshape(2, -1)
    reasons = np.array(case["inputs"]["x_rationale_first_positive"])
    return weights, x, labels, reasons, (case["hyper"]["w1"], case["hyper"]["w2"]), case["hyper"]["alpha"]


@pytest.mark.parametrize("case", CASES)
def test_value_and_gradient_are_those_of_the_program_of_its_authors(case):
    value, slope = loss(*given(case))
    assert value == pytest.approx(case["output"]["loss"])
    assert slope.ravel() == pytest.approx(np.array(case["output"]["gradient_numeric"]), abs=1e-6)


@pytest.mark.parametrize("case", CASES)
def test_order_of_texts_and_of_other_words_makes_no_difference(case):
    weights, x, labels, reasons, *rest = given(case)
    value, slope = loss(weights, x, labels, reasons, *rest)
    turned = np.concatenate([reasons[:, :1], reasons[:, :0:-1]], axis=1)
    for changed in ((x[::-1], labels[::-1], reasons[::-1]), (x, labels, turned)):
        found, other_slope = loss(weights, *changed, *rest)
        assert found == pytest.approx(value)
        assert other_slope == pytest.approx(slope)


@pytest.mark.parametrize("case", CASES)
def test_without_a_share_reasons_are_not_seen(case):
    weights, x, labels, reasons, _, alpha = given(case)
    one, other_one = (loss(weights, x, labels, seen, (1.0, 0.0), alpha) for seen in (reasons, reasons + 1))
    assert one[0] == other_one[0]
    assert (one[1] == other_one[1]).all()


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_the_optimum_has_no_gradient(share):
    draws = numbers("calculation", 0)
    x, labels, reasons = (
        draws.normal(size=(20, 4)),
        np.eye(2)[draws.integers(2, size=20)],
        draws.normal(size=(20, 3, 4)),
    )
    best = fitted(x, labels, reasons, share, 0.1)
    assert loss(best, x, labels, reasons, (1 - share, share), 0.1)[1] == pytest.approx(0, abs=1e-3)


def test_reasons_are_of_the_class_alone_and_other_words_are_not_of_the_reason():
    words, labels = texts(numbers("calculation", 0), 400, 8)
    first = words[:, :REASON].min(1)
    assert first[labels == 0].max() < first[labels == 1].min()
    assert words[:, REASON:].max() < first.min()
    assert words[:, REASON + 8 :].max() < COMMON
    assert counts(words).sum(1) == pytest.approx(1)
    drawn = other(numbers("calculation", 1), words)
    assert drawn.shape == (400, REASON)
    assert all(set(some) <= set(text[REASON:]) for some, text in zip(drawn, words, strict=True))


def test_reasons_that_are_told_are_found():
    plain, told = (text_rationales(numbers("calculation", 0), share=share, **KEYS) for share in (0.0, 0.5))
    assert told["auprc"] > plain["auprc"] + 0.05
    assert plain["accuracy"] > 0.8
