"""Simulations: their scatters, their page, and what a rate says of its promise."""

import json
from importlib import import_module

import numpy as np
import pytest

from simulate.__main__ import PAGE, QUESTIONS, STORED, page
from simulate.rates import Rate, table
from simulate.scatter import SCATTERS, SYMMETRIC


@pytest.mark.parametrize("kind", SCATTERS)
def test_a_scatter_has_mean_0_and_standard_deviation_1(kind):
    drawn = SCATTERS[kind](np.random.default_rng(0), (200_000,))
    assert drawn.mean() == pytest.approx(0, abs=0.01)
    assert drawn.std() == pytest.approx(1, abs=0.05)
    skew = float((drawn.clip(-3, 3) ** 3).mean())
    assert (abs(skew) < 0.03) == (kind in SYMMETRIC)


def test_the_page_is_what_is_stored():
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    assert sorted(stored) == QUESTIONS
    assert PAGE.read_text(encoding="utf-8") == page(stored)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_asks(question):
    module = import_module(f"simulate.{question}")
    assert module.__doc__.partition("\n")[0].endswith("?")
    assert callable(module.measure)


def test_a_broken_promise_is_bold_and_one_that_is_kept_is_not():
    rates = [Rate("error", "normal", n, rate, 1000, ("at most", 0.05)) for n, rate in ((5, 0.06), (10, 0.08))]
    assert "| error | normal | at most 0.05 | 0.060 | **0.080** |" in table(rates)
    assert not Rate("holds", "normal", 5, 0.93, 1000, ("at least", 0.95)).kept
