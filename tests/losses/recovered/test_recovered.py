"""Losses of what is recovered under their laws, by reference values, and what is made of the estimates of pairs."""

import json

import pytest
import torch

from losses.recovered.logistic import Logistic
from losses.recovered.lorentzian import Lorentzian
from losses.recovered.pseudo_huber import PseudoHuber
from runner.catalog.loss_laws import laws_for, laws_of
from tests.zoo import ROOT, losses_for, make, node

NAMES = {
    "mutual_information": ["reconstruction"],
    "density": ["logistic", "lorentzian", "pseudo_huber", "reconstruction"],
}
CASES = json.loads((ROOT / "tests/values/density/consistency.json").read_text())
DISTANCES = [case for case in CASES if "student" in case["inputs"]]


@pytest.mark.parametrize(
    ("task", "name", "law"),
    [(task, name, law) for task in NAMES for name in NAMES[task] for law in laws_for(task, "recovered")],
)
def test_law(task, name, law):
    laws_of(node(name), task)[law]()


@pytest.mark.parametrize("task", NAMES)
def test_these_are_all(task):
    assert losses_for(task, "recovered") == NAMES[task]


def test_an_estimate_is_the_mean_of_what_a_method_found_of_pairs():
    found = torch.randn(3, 4, generator=torch.Generator().manual_seed(0))
    decode = make("reconstruction", num_train=8, num_classes=0).decode
    torch.testing.assert_close(decode(found.diag_embed()), found.mean(-1))


@pytest.mark.parametrize("case", DISTANCES, ids=lambda case: str(case["hyper"]["levels"]))
@pytest.mark.parametrize(("make", "key"), [(PseudoHuber, "pseudo_huber"), (Lorentzian, "cauchy")])
def test_distances_of_points(case, make, key):
    one, other = (torch.tensor(case["inputs"][name], dtype=torch.float64) for name in ("student", "teacher"))
    found = make(c=case["hyper"]["c"])(one, other, torch.arange(len(one)))
    torch.testing.assert_close(found, torch.tensor(case["output"][key], dtype=torch.float64), rtol=1e-9, atol=1e-12)


def test_far_away_pseudo_huber_is_the_distance_and_lorentzian_hardly_grows():
    far = torch.tensor([[3e6, 4e6]], dtype=torch.float64, requires_grad=True)
    zero, index = torch.zeros(1, 2), torch.tensor([0])
    assert PseudoHuber(c=1.0)(far, zero, index).item() == pytest.approx(5e6 - 1)
    (pull,) = torch.autograd.grad(Lorentzian(c=1.0)(far, zero, index).sum(), far)
    assert 0 < pull.norm() < 1e-6


def test_the_best_logistic_score_is_the_log_odds():
    bits = torch.tensor([[1.0], [1.0], [1.0], [0.0]], dtype=torch.float64)
    score = torch.full((4, 1), 3.0, dtype=torch.float64).log().requires_grad_()
    Logistic()(score, bits, torch.arange(4)).sum().backward()
    assert score.grad.sum().item() == pytest.approx(0, abs=1e-12)
