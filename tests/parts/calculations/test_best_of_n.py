"""Best of n and tilting: laws of five answers in float64, one symbol, and what a longer answer changes."""

import json

import numpy as np
import pytest

from runner.data.streams import numbers
from runner.parts.calculations.best_of_n import at_divergence, best_of, best_of_n, divergence
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "theory" / "best_of_n.json").read_text())


@pytest.mark.parametrize("case", CASES)
def test_laws_are_the_closed_forms(case):
    p, reward = np.array(case["inputs"]["p"]), np.array(case["inputs"]["reward"])
    below = p.cumsum()
    best = best_of(below, 1 - below, case["hyper"]["n"])
    assert best == pytest.approx(case["output"]["best_of_n"], abs=1e-12)
    assert divergence(best, p) == pytest.approx(case["output"]["kl"], abs=1e-12)
    tilted = at_divergence(p, reward, case["output"]["kl"])
    assert tilted @ reward == pytest.approx(case["output"]["reward_tilt"], abs=1e-9)
    assert np.log(tilted / p) == pytest.approx(case["output"]["lam"] * reward + np.log(tilted[0] / p[0]), abs=1e-9)


def test_one_symbol_has_two_outcomes_and_so_one_law_at_a_divergence():
    found = best_of_n(numbers("calculation", 0), symbols=1, delta=0.5)
    assert found["kl_per_symbol"] == pytest.approx(0, abs=1e-9)


def test_astronomically_many_answers_lose_no_digits():
    """With n = exp(256) a power of a rounded 1 would be 1, and best of n the largest count."""
    found = best_of_n(numbers("calculation", 0), symbols=512, delta=0.5)
    assert 0 < found["kl_per_symbol"] < 0.01
