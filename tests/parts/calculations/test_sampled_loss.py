"""Sampled log losses: truncated series worked out, means of estimates, and minima found by trying others."""

import json

import numpy as np
import pytest

from runner.data.streams import numbers
from runner.parts.calculations.sampled_loss import minimizer, poisson, sampled_loss, series, truncated
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "theory" / "sampled_loss.json").read_text())
P = np.array([0.5, 0.3, 0.2])


@pytest.mark.parametrize("case", CASES)
def test_truncated_series_are_worked_out(case):
    p, q = np.array(case["inputs"]["data"]), np.array(case["inputs"]["model"])
    found = [truncated(p, q, n) for n in case["hyper"]["orders"]]
    assert found == pytest.approx(case["output"]["truncated_cross_entropy"], abs=1e-12)
    assert truncated(p, q, 5000) == pytest.approx(case["output"]["cross_entropy"], abs=1e-9)


@pytest.mark.parametrize("hit", [0.2, 0.5, 0.9])
def test_estimates_have_the_means_that_they_are_to_have(hit):
    hits, draws = np.full(400_000, hit), np.random.default_rng(0)
    assert series(hits, 3, draws).mean() == pytest.approx(truncated(np.ones(1), np.array([hit]), 3), abs=0.01)
    assert poisson(hits, 20, draws).mean() == pytest.approx(-np.log(hit), abs=0.02)


@pytest.mark.parametrize("n", [2, 3, 20])
def test_no_other_model_has_a_lower_loss(n):
    best, draws = minimizer(P, n), np.random.default_rng(0)
    assert best.sum() == pytest.approx(1)
    least = truncated(P, best, n)
    for other in (P, *draws.dirichlet(np.ones(3), 300), *(0.99 * best + 0.01 * draws.dirichlet(np.ones(3), 300))):
        assert truncated(P, other, n) >= least - 1e-12


def test_two_draws_have_a_closed_form_and_many_have_the_true_law():
    """Of two, p (2 - q) is one number: q = 2 - level / p."""
    even = np.array([0.36, 0.34, 0.3])
    assert minimizer(even, 2) == pytest.approx(2 - (5 / (1 / even).sum()) / even, abs=1e-9)
    assert minimizer(P, 400) == pytest.approx(P, abs=1e-9)


def test_fewer_draws_are_further_off():
    keys = {"loss": "series", "outcomes": 5, "estimates": 1000}
    few, many = (sampled_loss(numbers("calculation", 0), n=n, **keys)["minimizer_gap"] for n in (3, 30))
    assert few > many > 0
