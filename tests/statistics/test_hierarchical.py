"""The hierarchical correlated t test: against baycomp, which samples by Stan, by simulation, and at its corners."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import scipy.integrate
import scipy.stats

from runner.statistics.practical.hierarchical import hierarchical_posterior, hyperposterior

KEPT = Path(__file__).parents[1] / "values" / "practical" / "hierarchical.json"
CASES = json.loads(KEPT.read_text(encoding="utf-8"))["cases"]
SETS = [[0.3, 0.5, 0.1, 0.9], [1.0, 0.2, 0.4], [0.6, 0.8, -0.1, 0.4, 0.3]]


def quantiles(values, weight):
    order = np.argsort(values)
    below = weight[order].cumsum() - weight[order] / 2
    return np.interp([0.05, 0.5, 0.95], below, values[order])


@pytest.mark.parametrize("case", CASES)
def test_the_posterior_is_baycomps(case):
    found = hierarchical_posterior(case["differences"], case["rope"], case["correlation"])
    assert found == pytest.approx(case["probs"], abs=0.015)
    assert sum(found) == pytest.approx(1)


@pytest.mark.parametrize("case", CASES)
def test_what_data_sets_have_in_common_is_baycomps(case):
    """Stan seldom reaches where sigma_0 is next to 0, so that its lowest quantile is too high."""
    found = hyperposterior(case["differences"], case["correlation"])
    width = case["quantiles_mean"][2] - case["quantiles_mean"][0]
    assert quantiles(found.mean, found.weight.sum((1, 2))) == pytest.approx(case["quantiles_mean"], abs=0.03 * width)
    spread = quantiles(found.spread, found.weight.sum((0, 2)))
    assert spread[1:] == pytest.approx(case["quantiles_spread"][1:], rel=0.1)


def test_a_weight_is_the_likelihood_times_the_prior():
    """At two places of one grid, by scipy's integrals over mu_i and sigma_i of the model as it is written."""
    rho = 0.2
    found = hyperposterior(SETS, rho)
    places = [(25, 26, 3), (33, 30, 8)]

    def of_set(x, u, v, w):
        n = len(x)
        covariance = (1 - rho) * np.eye(n) + rho
        inverse, middle = np.linalg.inv(covariance), np.mean(x)

        def of_mean(mu):
            apart = np.array(x) - mu
            square = apart @ inverse @ apart
            of_sigma = scipy.integrate.quad(lambda s: s**-n * math.exp(-square / (2 * s * s)), 0, np.inf)[0]
            return of_sigma * scipy.stats.t.pdf(mu, found.freedom[w], found.mean[u], found.spread[v])

        return scipy.integrate.quad(of_mean, middle - 30, middle + 30, points=[middle, found.mean[u]], limit=300)[0]

    logs = [sum(math.log(of_set(x, *place)) for x in SETS) for place in places]
    steps = [np.gradient(found.mean)[u] * found.spread[v] for u, v, _ in places]
    free = [scipy.integrate.dblquad(
        lambda b, a, x=found.freedom[w] - 1: scipy.stats.gamma.pdf(x, a, scale=1 / b), 1, 2, 0.01, 0.1)[0]
        * (found.freedom[w] - 1) for _, _, w in places]  # fmt: skip
    expected = logs[1] - logs[0] + math.log(steps[1] / steps[0]) + math.log(free[1] / free[0])
    assert math.log(found.weight[places[1]] / found.weight[places[0]]) == pytest.approx(expected, abs=0.03)


def test_turned_differences_turn_the_posterior():
    worse, alike, better = hierarchical_posterior(SETS, 0.3)
    assert hierarchical_posterior([[-x for x in each] for each in SETS], 0.3) == pytest.approx(
        (better, alike, worse), abs=1e-6
    )
    assert hierarchical_posterior([[9 * x for x in each] for each in SETS], 2.7) == pytest.approx(
        (worse, alike, better), abs=1e-6
    )


def test_correlated_seeds_tell_less():
    assert hierarchical_posterior(SETS, 0.1)[2] > hierarchical_posterior(SETS, 0.1, 0.5)[2]


@pytest.mark.parametrize(
    "sets", [[], SETS[:1], [[1.0, 2.0], *SETS], [[1.0, 1.0, 1.0], *SETS], [[1.0, math.nan, 0.0], *SETS]]
)
def test_what_is_not_known_has_no_number(sets):
    assert all(map(math.isnan, hierarchical_posterior(sets, 1.0)))


def test_a_region_without_width_is_refused():
    with pytest.raises(ValueError, match="rope=0"):
        hierarchical_posterior(SETS, 0)
