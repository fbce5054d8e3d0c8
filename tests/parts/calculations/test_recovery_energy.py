"""Energies by recovery: the law of what is recovered of a quadratic energy, and the truth's own energy."""

import json

import numpy as np
import pytest
import torch

from runner.data.streams import numbers
from runner.parts.calculations.recovery_energy import (
    AT,
    DEVIATION,
    GRID,
    WEIGHT,
    Energy,
    langevin_steps,
    measured,
    noised,
    recovery_energy,
    sampled,
)
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "density" / "recovery_energy.json").read_text())
SMALL = {"levels": 3, "noise": 0.5, "langevin": 5, "size": 0.3, "points": 200, "hidden": 8, "steps": 20, "batch": 32}


def draws(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["inputs"]["x_next"]))
def test_steps_lead_to_the_known_law_of_a_quadratic_energy(case):
    hyper, centre = case["hyper"], case["hyper"]["scale"] * case["inputs"]["x_next"]
    seen = torch.full((20000,), centre, dtype=torch.float64)
    found = langevin_steps(lambda y: -hyper["k"] * y + hyper["l"], seen, 0.08, 400, draws(), (seen, hyper["s"]))
    assert found.mean().item() == pytest.approx(case["output"]["mean"], abs=0.012)
    assert found.var().item() == pytest.approx(case["output"]["var"], rel=0.05)


def test_without_a_noisier_point_steps_lead_to_the_energy_itself():
    found = langevin_steps(lambda y: 1 - 2 * y, torch.zeros(20000).double(), 0.2, 400, draws(), None)
    assert found.mean().item() == pytest.approx(0.5, abs=0.02)
    assert found.var().item() == pytest.approx(0.5, rel=0.05)


def test_noise_keeps_the_size_of_points_of_deviation_1():
    x, level = torch.randn(40000, generator=draws(), dtype=torch.float64), torch.arange(40000) % 4
    real, more = noised(x, level, 0.5, draws(1))
    for k in range(4):
        assert more[level == k].std().item() == pytest.approx(1, abs=0.03)
        shared = (x * more)[level == k].mean().item()
        assert shared == pytest.approx(0.75 ** ((k + 1) / 2), abs=0.04)
    assert (more - real).std().item() == pytest.approx(0.5, abs=0.02)


def test_the_energy_of_the_truth_has_no_divergence_and_half_of_it_has_a_known_one():
    both = [np.log(w) - ((GRID - at) / DEVIATION) ** 2 / 2 for w, at in zip((1 - WEIGHT, WEIGHT), AT, strict=True)]
    found = measured(np.logaddexp(*both) + 3.0)
    assert found["kl"] == pytest.approx(0, abs=1e-9)
    assert found["weight_error"] == pytest.approx(0, abs=1e-9)
    even = measured(np.logaddexp(both[0] - np.log(1 - WEIGHT), both[1] - np.log(WEIGHT)))
    assert even["weight_error"] == pytest.approx(WEIGHT - 0.5, abs=1e-6)
    assert even["kl"] == pytest.approx(WEIGHT * np.log(WEIGHT / 0.5) + (1 - WEIGHT) * np.log((1 - WEIGHT) / 0.5), 1e-4)


def test_points_are_of_the_truth():
    x = sampled(numbers("calculation", 0), 20000)
    assert (x > 0).mean() == pytest.approx(WEIGHT, abs=0.02)
    assert x[x > 0].mean() == pytest.approx(AT[1], abs=0.02)
    assert x[x > 0].std() == pytest.approx(DEVIATION, abs=0.02)


def test_a_slope_is_that_of_the_energy_at_its_level():
    energy = Energy(numbers("calculation", 1), 3, 8)
    y, level = torch.linspace(-2, 2, 9, dtype=torch.float64), torch.arange(9) % 3
    step = 1e-6
    numeric = (energy(y + step, level) - energy(y - step, level)) / (2 * step)
    torch.testing.assert_close(energy.slope(y, level), numeric.detach(), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(("objective", "langevin", "size"), [("recovery", 10, 0.3), ("short_run", 60, 0.5)])
def test_training_brings_the_density_nearer_where_runs_are_long_enough(objective, langevin, size):
    keys = SMALL | {"langevin": langevin, "size": size, "points": 500}
    before, after = (
        recovery_energy(numbers("calculation", 2), objective=objective, lr=lr, **keys | {"steps": steps})["kl"]
        for lr, steps in ((1e-12, 1), (0.01, 60))
    )
    assert after < before
