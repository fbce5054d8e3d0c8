"""Kernel density in many dimensions: a sum worked out, what bandwidths are to be, and the regimes they part."""

import json

import numpy as np
import pytest
from scipy.stats import norm

from runner.data.streams import numbers
from runner.parts.calculations.kernel_density import (
    best_bandwidth,
    glass_bandwidth,
    kernel_density,
    log_density,
    shares,
)
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "theory" / "kernel_density.json").read_text())


@pytest.mark.parametrize("case", CASES)
def test_density_and_largest_share_are_worked_out(case):
    data, query = np.array(case["inputs"]["data"]), np.array(case["inputs"]["query"])
    squares = np.square(data - query).sum(1)[None]
    assert log_density(squares, 3, case["hyper"]["h"]) == pytest.approx([case["output"]["log_density"]], abs=1e-9)
    assert shares(squares, case["hyper"]["h"]) == pytest.approx([case["output"]["largest_share"]], abs=1e-9)


@pytest.mark.parametrize("alpha", [0.1, 0.3, 1.0])
def test_the_glass_bandwidth_leaves_no_entropy(alpha):
    """The log of how many points are as far as the tilted law of a coordinate, at a query of 1, says."""
    b = glass_bandwidth(alpha) ** -2
    y = np.linspace(-12, 12, 200001)
    tilted = np.exp(-(y**2) / 2 - b * (1 - y) ** 2 / 2)
    mean = np.trapezoid(tilted, y) / np.sqrt(2 * np.pi)
    energy = np.trapezoid(tilted * (1 - y) ** 2 / 2, y) / np.trapezoid(tilted, y)
    assert alpha + np.log(mean) + b * energy == pytest.approx(0, abs=1e-6)


def test_more_points_take_a_smaller_bandwidth():
    assert glass_bandwidth(0.5) < glass_bandwidth(0.2)


def test_the_best_bandwidth_has_the_most_density_of_a_grid():
    draws = np.random.default_rng(0)
    apart = draws.normal(size=(300, 1)) - draws.normal(size=(1, 500))
    grid = np.linspace(0.05, 1, 500)
    best = max(grid, key=lambda h: np.log(norm.pdf(apart, scale=h).mean(1)).mean())
    assert best_bandwidth(np.square(apart), 1, (0.01, 3.0)) == pytest.approx(best, abs=0.01)


def test_both_distances_are_of_the_same_best_bandwidth():
    found = kernel_density(numbers("calculation", 0), dimension=20, alpha=0.2, queries=50)
    assert found["log_below_clt"] + found["log_above_glass"] == pytest.approx(np.log(2) / 2, abs=1e-12)
