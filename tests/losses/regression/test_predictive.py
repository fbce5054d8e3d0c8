"""Predicted distributions beside scipy's, and beside integrals of their distribution functions."""

import json
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.integrate import quad

from losses.regression._predictive import Gaussian, Histogram, Point, Quantiles
from tests.zoo import ROOT

VALUES = json.loads((ROOT / "tests" / "values" / "regression" / "predictive.json").read_text())
EDGES = [-2.0, -0.5, 0.0, 1.0, 3.0]
SHARES = [0.1, 0.4, 0.2, 0.3]
LEVELS, AT = [0.1, 0.25, 0.6, 0.9], [-1.0, 0.0, 0.5, 2.0]
TARGETS = [-3.0, -2.0, -1.0, -0.2, 0.0, 0.3, 0.5, 1.7, 2.0, 3.0, 4.5]


def numbers(values):
    return torch.tensor(values, dtype=torch.float64)


def histogram(shares=SHARES):
    return Histogram(numbers(EDGES), numbers([shares]))


def quantiles(levels=LEVELS, at=AT):
    return Quantiles(numbers(levels), numbers([at]))


DISTRIBUTIONS = {
    "histogram": (histogram, stats.rv_histogram((SHARES, EDGES), density=False)),
    "quantiles": (quantiles, None),
    "gaussian": (lambda: Gaussian(numbers([0.3]), numbers([1.7])), stats.norm(0.3, 1.7)),
}


def upto(predictive):
    return lambda z: float(predictive.cdf(numbers([z])))


@pytest.mark.parametrize("y", TARGETS)
@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_the_score_is_the_integral_of_its_definition(name, y):
    predictive = DISTRIBUTIONS[name][0]()
    breaks = sorted({-40.0, y, 40.0, *EDGES, *AT})
    parts = [
        quad(lambda z: (upto(predictive)(z) - (z >= y)) ** 2, a, b, epsabs=1e-11, limit=200)[0]
        for a, b in pairwise(breaks)
    ]
    assert predictive.crps(numbers([y])).item() == pytest.approx(sum(parts), abs=1e-7)


@pytest.mark.parametrize("name", ["histogram", "gaussian"])
def test_point_spread_density_and_distribution_function_are_those_of_scipy(name):
    make, theirs = DISTRIBUTIONS[name]
    predictive = make()
    assert predictive.point.item() == pytest.approx(theirs.mean(), abs=1e-12)
    assert predictive.spread.item() == pytest.approx(theirs.std(), abs=1e-12)
    y = np.array([-1.2, -0.1, 0.4, 2.5])
    for found, exact in ((predictive.nll, -theirs.logpdf(y)), (predictive.cdf, theirs.cdf(y))):
        np.testing.assert_allclose([found(numbers([v])).item() for v in y], exact, rtol=1e-12)


def test_values_of_normal_predictions():
    y, mean, std = (numbers(VALUES[name]) for name in ("y", "mean", "std"))
    predictive = Gaussian(mean, std)
    assert predictive.nll(y).mean().item() == pytest.approx(VALUES["nll"], abs=1e-9)
    assert predictive.crps(y).mean().item() == pytest.approx(VALUES["crps"], abs=1e-9)


def test_beyond_the_bins_a_target_has_the_density_of_the_bin_next_to_it():
    y = numbers([-9.0, -1.0, 2.0, 9.0])
    found = Histogram(numbers(EDGES), numbers([SHARES]).expand(4, -1)).nll(y)
    np.testing.assert_allclose(found, -np.log([0.1 / 1.5, 0.1 / 1.5, 0.3 / 2, 0.3 / 2]))


def test_a_bin_without_probability_costs_much_and_not_endlessly():
    assert 80 < Histogram(torch.tensor(EDGES), torch.tensor([[0.0, 0.5, 0.5, 0.0]])).nll(torch.tensor([2.0])) < 100


def test_of_quantiles_the_levels_are_reached_at_their_values():
    predictive = quantiles()
    assert [upto(predictive)(v) for v in (-1.1, -1.0, 0.0, 0.5, 1.999, 2.0)] == pytest.approx(
        [0.0, 0.1, 0.25, 0.6, 0.9 - 0.3 * 0.001 / 1.5, 1.0]
    )


def test_the_spread_of_quantiles_is_that_of_their_distribution():
    """Draws by the inverse of the distribution function: beyond the levels it is the outer quantile."""
    uniform = (np.arange(10**6) + 0.5) / 10**6
    draws = np.interp(uniform, LEVELS, AT)
    assert quantiles().spread.item() == pytest.approx(draws.std(), abs=1e-5)


@pytest.mark.parametrize(
    ("levels", "median"),
    [
        (LEVELS, 0.25 / 0.35 * 0.5),
        ([0.1, 0.2, 0.5, 0.9], 0.5),
        ([0.6, 0.7, 0.8, 0.9], -1.0),
        ([0.1, 0.2, 0.3, 0.4], 2.0),
    ],
)
def test_the_point_of_quantiles_is_the_median_or_as_near_to_it_as_can_be(levels, median):
    assert quantiles(levels).point.item() == pytest.approx(median)


def test_quantiles_may_be_equal():
    predictive = quantiles(at=[0.0, 0.0, 1.0, 1.0])
    assert predictive.crps(numbers([0.0])).isfinite()
    assert upto(predictive)(0.0) == pytest.approx(0.25)


def test_all_quantiles_at_one_number_are_a_point():
    predictive, y = quantiles(at=[2.0] * 4), numbers([-1.0])
    assert predictive.spread.item() == 0
    torch.testing.assert_close(predictive.crps(y), Point(numbers([2.0])).crps(y))


def test_a_point_knows_no_spread_and_no_density():
    point = SimpleNamespace(of=Point(numbers([1.0])), y=numbers([0.0]))
    assert point.of.spread is None
    assert point.of.nll(point.y) is None
    assert point.of.cdf(point.y) is None
    assert quantiles().nll(point.y) is None
