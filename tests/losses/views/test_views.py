"""Losses of two views of a batch under their laws, and at the released values."""

import json
import math

import pytest
import torch

from losses.views.e2mc import margins
from runner.catalog.loss_laws import laws_for, laws_of
from tests.zoo import ROOT, losses_for, make, node

LOSSES = losses_for("any", "views")
VALUES = ROOT / "tests" / "values" / "views"
BARLOW, RELEASED, ENTROPIES, E2MC = (
    json.loads((VALUES / f"{name}.json").read_text()) for name in ("barlow", "released", "er", "e2mc")
)


def of(name, one, other, **changed):
    one, other = (torch.as_tensor(z, dtype=torch.float64) for z in (one, other))
    loss = make(name, num_train=8, num_classes=4, **changed).double()
    return loss(one, other, torch.arange(len(one))).item()


@pytest.mark.parametrize("law", laws_for("classification", "views"))
@pytest.mark.parametrize("name", LOSSES)
def test_law(name, law):
    laws_of(node(name), "classification")[law]()


@pytest.mark.parametrize("case", BARLOW, ids=lambda case: case["name"])
def test_barlow_is_the_released_one(case):
    found = of("barlow", case["one"], case["other"], redundancy=case["redundancy"])
    assert found == pytest.approx(case["value"], abs=1e-9)


@pytest.mark.parametrize("case", RELEASED, ids=lambda case: case["name"])
def test_reference_value(case):
    found = of(case["loss"], case["one"], case["other"], **case["changed"])
    assert found == pytest.approx(case["value"], rel=2e-6)


@pytest.mark.parametrize("case", ENTROPIES, ids=lambda case: case["name"])
def test_er_is_the_released_reconstruction_less_the_entropy(case):
    """Whose entropy is of one view: where the other is the same, so is the mean of both."""
    entropy, reconstruction = case["entropy_of_one"], case["reconstruction"]
    one, other = (torch.tensor(case[key], dtype=torch.float64) for key in ("one", "other"))
    loss = make("er", num_train=8, num_classes=4, **case["changed"]).double()
    parts = loss._sphere if case["changed"]["space"] == "sphere" else loss._discrete
    alike, _ = parts(one, one)
    _, ours = parts(one, other)
    assert (ours - alike).item() == pytest.approx(reconstruction - entropy, abs=1e-6)


def test_vicreg_of_the_paper_weighs_the_variance_twice():
    g = torch.Generator().manual_seed(0)
    one, other = 0.3 * torch.randn(2, 8, 5, generator=g, dtype=torch.float64)
    alone = {"invariance": 0.0, "covariance": 0.0}
    mean, total = (of("vicreg", one, other, of_views=views, **alone) for views in ("mean", "sum"))
    assert total == pytest.approx(2 * mean)
    assert mean > 0


def test_dpnets_of_white_features_is_minus_their_number():
    """The relaxed score of views alike and white, at its bound."""
    one, _ = torch.linalg.qr(torch.randn(9, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64))
    assert of("dpnets", 3 * one, 3 * one, gamma=1.0) == pytest.approx(-4, abs=1e-4)


@pytest.mark.parametrize("case", E2MC["margins"], ids=lambda case: case["name"])
def test_margins_are_m_spacing_entropies(case):
    found = margins(torch.tensor(case["points"], dtype=torch.float64), case["spacing"])
    assert found.tolist() == pytest.approx(case["margins"], abs=1e-5)


def test_e2mc_is_the_released_one():
    case = E2MC["loss"]
    silent = {"invariance": 0.0, "variance": 0.0, "covariance": 0.0}
    found = of("e2mc", case["one"], case["other"], **silent, **case["changed"])
    assert found == pytest.approx(case["value"], abs=1e-9)


def test_e2mc_without_entropy_is_vicreg():
    one, other = torch.randn(2, 9, 5, generator=torch.Generator().manual_seed(0))
    assert of("e2mc", one, other, entropy=0.0, joint=0.0) == pytest.approx(of("vicreg", one, other))


@pytest.mark.parametrize("size", [torch.inf, torch.nan, 1e60])
def test_dpnets_of_what_has_diverged_is_no_error(size):
    z = size * torch.randn(8, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert math.isfinite(of("dpnets", z, z)) == (size == 1e60)


@pytest.mark.parametrize("changed", [{}, {"weight": 0.0}, {"weight": 2.0, "sharpness": 1.0}], ids=str)
def test_uniformity_is_its_formula_over_pairs(changed):
    one, other = torch.randn(2, 9, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    settings = {"weight": 1.0, "sharpness": 2.0} | changed
    z, w = (torch.nn.functional.normalize(each, dim=1) for each in (one, other))
    spread = sum((-settings["sharpness"] * torch.pdist(each).square()).exp().mean().log() for each in (z, w)) / 2
    expected = (z - w).norm(dim=1).square().mean() + settings["weight"] * spread
    assert of("uniformity", one, other, **changed) == pytest.approx(expected.item(), abs=1e-12)
