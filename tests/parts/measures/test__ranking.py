"""Metrics of several labels against scikit-learn, seed by seed, also of tied scores, and at their corners."""

import json

import numpy as np
import pytest
import torch
from sklearn import metrics as sk

from runner.parts.measures import _ranking
from tests.zoo import ROOT

S, M, L = 3, 60, 5
ORACLES = {
    "map_macro": lambda z, b: sk.average_precision_score(b, z, average="macro"),
    "map_micro": lambda z, b: sk.average_precision_score(b, z, average="micro"),
    "lrap": lambda z, b: sk.label_ranking_average_precision_score(b, z),
    "ranking_loss": lambda z, b: sk.label_ranking_loss(b, z),
    "coverage": lambda z, b: sk.coverage_error(b, z) - 1,
    "hamming_loss": lambda z, b: sk.hamming_loss(b, z > 0),
    "f1_macro": lambda z, b: sk.f1_score(b, z > 0, average="macro", zero_division=np.nan),
    "f1_micro": lambda z, b: sk.f1_score(b, z > 0, average="micro", zero_division=np.nan),
}
NAMES = (*ORACLES, "one_error")
CASE = json.loads((ROOT / "tests" / "values" / "multilabel" / "metrics.json").read_text())


def draw(tied, dtype=torch.float64, share=0.4):
    """Scores and bits (S, M, L), of which each example has one at least and lacks one; and tied ones of few values."""
    g = torch.Generator().manual_seed(0)
    bits = (torch.rand(S, M, L, generator=g) < share).to(dtype)
    bits[..., 0], bits[..., 1] = 1, 0
    bits = bits.gather(2, torch.rand(S, M, L, generator=g).argsort(2))
    scores = bits + torch.randn(S, M, L, generator=g, dtype=dtype)
    return (scores.round() if tied else scores), bits


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("tied", [False, True], ids=["apart", "tied"])
@pytest.mark.parametrize("name", ORACLES)
def test_a_metric_is_the_librarys(name, tied, dtype):
    scores, bits = draw(tied, dtype)
    ours = getattr(_ranking, name)(scores, bits)
    theirs = [ORACLES[name](z.numpy(), b.numpy()) for z, b in zip(scores, bits, strict=True)]
    assert ours.dtype == torch.float64
    assert ours.tolist() == pytest.approx(theirs, abs=1e-12)


@pytest.mark.parametrize("name", ["lrap", "ranking_loss"])
def test_examples_with_none_or_all_of_the_labels_are_as_the_library_has_them(name):
    scores, bits = draw(tied=True)
    bits[:, :7], bits[:, 7:12] = 0, 1
    theirs = [ORACLES[name](z.numpy(), b.numpy()) for z, b in zip(scores, bits, strict=True)]
    assert getattr(_ranking, name)(scores, bits).tolist() == pytest.approx(theirs, abs=1e-12)


@pytest.mark.parametrize("name", ["map_macro", "f1_macro"])
def test_labels_that_do_not_occur_do_not_count(name):
    scores, bits = draw(tied=False)
    bits[..., 2], scores[..., 2] = 0, -1
    others = [0, 1, 3, 4]
    expected = getattr(_ranking, name)(scores[..., others], bits[..., others])
    torch.testing.assert_close(getattr(_ranking, name)(scores, bits), expected)


def test_one_error_is_the_share_of_first_labels_that_are_absent():
    scores, bits = draw(tied=False)
    expected = 1 - bits.gather(2, scores.argmax(2, keepdim=True))[..., 0].mean(1)
    torch.testing.assert_close(_ranking.one_error(scores, bits), expected)
    tied = torch.tensor([[[2.0, 2.0, 2.0, 1.0]]])
    assert _ranking.one_error(tied, torch.tensor([[[1.0, 0.0, 0.0, 1.0]]])).item() == pytest.approx(2 / 3)


@pytest.mark.parametrize("name", NAMES)
def test_perfect_scores_are_perfect(name):
    _, bits = draw(tied=False)
    best = 1.0 if name in ("map_macro", "map_micro", "lrap", "f1_macro", "f1_micro") else 0.0
    best = [best] * S if name != "coverage" else (bits.sum(2) - 1).mean(1).tolist()
    assert getattr(_ranking, name)(2 * bits - 1, bits).tolist() == pytest.approx(best)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_present_and_nothing_predicted_is_a_number(name):
    assert getattr(_ranking, name)(-torch.ones(S, M, L), torch.zeros(S, M, L)).isfinite().all()


@pytest.mark.parametrize("name", NAMES)
def test_the_order_of_examples_and_of_labels_is_nothing(name):
    scores, bits = draw(tied=True)
    g = torch.Generator().manual_seed(1)
    rows, columns = torch.randperm(M, generator=g), torch.randperm(L, generator=g)
    turned = [t[:, rows][:, :, columns] for t in (scores, bits)]
    torch.testing.assert_close(getattr(_ranking, name)(*turned), getattr(_ranking, name)(scores, bits))


@pytest.mark.parametrize("name", CASE["metrics"])
def test_reference_value(name):
    scores, bits = (torch.tensor(CASE[key], dtype=torch.float64)[None] for key in ("scores", "bits"))
    assert getattr(_ranking, name)(scores, bits).item() == pytest.approx(CASE["metrics"][name], abs=1e-12)
