"""Triples of Gaussians: the O-information of three estimates is that of the closed form."""

import json
import math

import pytest
import torch

from datasets.pairs.triples import covariance, information
from tests.datasets.files import load, refusal
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests/values/mutual_information/closed_forms.json").read_text())
THREE = [case for case in CASES if len(case["inputs"].get("covariance", ())) == 3]


@pytest.mark.parametrize("case", THREE, ids=lambda case: str(case["output"]["o_information"])[:5])
def test_three_informations_are_the_o_information(case):
    cov = torch.tensor(case["inputs"]["covariance"], dtype=torch.float64)
    x_y, x_z, x_yz = (information(cov, between) for between in ("x_y", "x_z", "x_yz"))
    assert x_y + x_z - x_yz == pytest.approx(case["output"]["o_information"], abs=1e-12)


def test_the_systems_are_those_of_the_reference():
    for case, (system, correlation) in zip(THREE, [("redundant", 0.5), ("synergistic", 0.6)], strict=True):
        told = torch.tensor(case["inputs"]["covariance"], dtype=torch.float64)
        torch.testing.assert_close(covariance(system, correlation), told)


@pytest.mark.parametrize("between", ["x_y", "x_z", "x_yz"])
@pytest.mark.parametrize("system", ["redundant", "synergistic"])
def test_the_mean_density_is_the_information(system, between):
    split = load("triples", system=system, between=between, dim=3, num_train=40000, num_test=100).checked()
    density = split.y[:, 0].double()
    assert density.mean().item() == pytest.approx(
        split.optimum["estimate"], abs=5 * density.std().item() / math.sqrt(len(density)) + 1e-6
    )
    assert split.x.shape == (40000, 2, 6)
    assert not split.x[:, 0, 3:].any()
    assert split.x[:, 1, 3:].any() == (between == "x_yz")


@pytest.mark.parametrize(("system", "correlation"), [("redundant", 0.5), ("synergistic", 0.6)])
def test_all_three_have_their_o_information(system, correlation):
    """Its closed form, and as the mean of what each triple has of it."""
    split = load("triples", system=system, correlation=correlation, between="all", dim=3, num_train=40000, num_test=100)
    case = next(each for each in THREE if (each["output"]["o_information"] > 0) == (system == "redundant"))
    assert split.x.shape == (40000, 3, 3)
    assert split.optimum["estimate"] == pytest.approx(3 * case["output"]["o_information"], rel=1e-9)
    density = split.checked().y[:, 0].double()
    assert density.mean().item() == pytest.approx(split.optimum["estimate"], abs=5 * density.std().item() / 200)


def test_three_numbers_that_cannot_be_are_refused():
    line = refusal("triples", "nowhere", system="synergistic", correlation=0.8)
    assert line.endswith("correlation=0.8: must be below 0.7071 of a synergistic system")
