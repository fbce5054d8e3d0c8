"""What tuning has won over the defaults, of the seeds that both have."""

from math import isnan

import pytest

from runner.comparison.entry import Entry
from runner.comparison.gain import gain, in_words, lost
from runner.tasks.families import DECLARED

ACCURACY, NLL = DECLARED["test/accuracy"], DECLARED["test/nll"]
TUNED, USUAL = Entry({0: 0.5, 1: 0.7, 2: 0.9}), Entry({1: 0.8, 2: 0.9, 3: 0.1})


def test_it_is_of_common_seeds():
    its = gain(TUNED, USUAL)
    assert (its.n, its.mean) == (2, pytest.approx(-0.05))
    assert in_words(its, ACCURACY).startswith("-5.00 [-68.53, +58.53]")


def test_less_is_lost_where_more_is_better():
    assert [lost(gain(TUNED, USUAL), metric) for metric in (ACCURACY, NLL)] == [True, False]
    assert [lost(gain(USUAL, TUNED), metric) for metric in (ACCURACY, NLL)] == [False, True]
    assert not lost(gain(TUNED, TUNED), ACCURACY)


def test_where_nothing_is_known_nothing_is_said():
    apart, diverged = gain(TUNED, Entry({9: 0.5})), gain(Entry({0: float("nan")}), Entry({0: 0.5}))
    assert [in_words(its, NLL) for its in (apart, diverged)] == ["-", "-"]
    assert isnan(apart.mean)
    assert not any(lost(its, metric) for its in (apart, diverged) for metric in (ACCURACY, NLL))
    assert in_words(gain(Entry({0: 0.6}), Entry({0: 0.5})), ACCURACY) == "+10.00"
