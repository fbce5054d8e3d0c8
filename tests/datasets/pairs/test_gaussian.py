"""Pairs of Gaussians: their information in closed form, their densities, and maps that change neither."""

import json
import math

import pytest
import torch

from datasets.pairs.gaussian import correlated, gaussian, rho_of
from tests.datasets.files import load
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests/values/mutual_information/closed_forms.json").read_text())
OF_RHO = [case for case in CASES if case["system"] == "closed form: correlated Gaussians"]
OF_MI = [case for case in CASES if case["system"] == "closed form: rho of a wanted MI"]
SIZE = {"num_train": 20000, "num_test": 1000, "task": "mutual_information"}


def made(**changed):
    return gaussian(**{"dim": 20, "mi": 2.0, "mapped": "none"} | SIZE | changed).checked()


@pytest.mark.parametrize("case", OF_MI, ids=lambda case: str(case["inputs"]["mi"]))
def test_the_correlation_is_that_of_the_information(case):
    assert rho_of(case["inputs"]["mi"], case["inputs"]["dim"]) == pytest.approx(case["output"], rel=1e-12)


@pytest.mark.parametrize("case", OF_RHO, ids=lambda case: str(case["inputs"]))
def test_the_information_is_that_of_the_correlation(case):
    assert rho_of(case["output"]["mi_nats"], case["inputs"]["dim"]) == pytest.approx(case["inputs"]["rho"], rel=1e-12)


@pytest.mark.parametrize("mi", [0.0, 0.5, 3.0])
def test_the_density_is_the_ratio_of_densities(mi):
    x, y, density = correlated(50, 2, mi, torch.Generator().manual_seed(1))
    rho = rho_of(mi, 2)
    alone, both = torch.distributions.Normal(0.0, 1.0), torch.distributions.MultivariateNormal
    cov = torch.tensor([[1.0, rho], [rho, 1.0]], dtype=torch.float64)
    joint = both(torch.zeros(2, dtype=torch.float64), cov).log_prob(torch.stack([x, y], -1)).sum(1)
    torch.testing.assert_close(density, joint - alone.log_prob(x).sum(1) - alone.log_prob(y).sum(1))


@pytest.mark.parametrize("mi", [0.5, 2.0, 10.0])
def test_the_mean_density_is_the_information(mi):
    density = made(mi=mi).y[:, 0].double()
    assert density.mean().item() == pytest.approx(mi, abs=5 * density.std().item() / math.sqrt(len(density)))


@pytest.mark.parametrize("mapped", ["cubic", "half_cube", "asinh"])
def test_a_map_changes_inputs_alone(mapped):
    plain, other = made(), made(mapped=mapped)
    assert torch.equal(plain.y, other.y)
    assert plain.optimum == other.optimum == {"absolute_error": 0.0, "estimate": 2.0}
    assert not torch.equal(plain.x[:, 1], other.x[:, 1])
    order = plain.x[:, 1].argsort(0)
    assert (other.x[:, 1].gather(0, order).diff(dim=0) >= -1e-5).all()  # no map changes the order
    assert torch.equal(plain.x[:, 0], other.x[:, 0]) == (mapped == "cubic")


def test_independent_pairs_may_all_have_one_density():
    split = made(mi=0.0)
    assert torch.equal(split.y, torch.zeros(20000, 1))
    assert load("gaussian_pairs", num_train=64, num_test=64).checked().x.shape == (64, 2, 20)


def test_halves_that_float32_cannot_tell_apart_are_refused():
    with pytest.raises(ValueError, match=r"mi=30: must be at most 20 nats for 2 numbers, 10 each"):
        made(mi=30.0, dim=2)
