"""A calculation as events: a row a seed, in bounds, and an end."""

import math
from types import SimpleNamespace

import pytest

from runner.tasks.metric import Metric
from runner.training import calculate as calculating
from runner.training.calculate import calculate
from runner.training.events import Ended, Row, Started, Stopped

CELL = SimpleNamespace(config={"calculation": {}})
DECLARED = {"test/error": Metric("error", "lower", 0.0, 1.0, "")}


@pytest.fixture
def of(monkeypatch):
    """Events of seeds 3 and 5 whose calculation is a function of the stream."""

    def made(measure, **asked):
        monkeypatch.setattr(calculating, "bound", lambda group, node: measure)
        monkeypatch.setattr(calculating, "declared_of", lambda group, node: DECLARED)
        return list(calculate(CELL, [3, 5], **asked))

    return made


def test_each_seed_starts_has_one_row_and_ends(of):
    events = of(lambda draws: {"error": draws.random()})
    assert [(type(each), each.seed) for each in events] == [
        (kind, seed) for seed in (3, 5) for kind in (Started, Row, Ended)
    ]
    first, second = (each.values["test/error"] for each in events if isinstance(each, Row))
    assert first != second
    assert {each.state for each in events if isinstance(each, Ended)} == {"done"}


@pytest.mark.parametrize("lost", [math.nan, math.inf])
def test_a_number_that_is_not_finite_is_a_diverged_seed(of, lost):
    ends = [each for each in of(lambda draws: {"error": lost}) if isinstance(each, Ended)]
    assert [(each.state, each.cause) for each in ends] == [("diverged", "test/error is not finite")] * 2


@pytest.mark.parametrize(
    ("found", "why"),
    [
        ({"error": 1.5}, "test/error=1.5 is not what is declared"),
        ({}, "it gives nothing, and declares test/error"),
        ({"error": 0.0, "rate": 0.0}, "it gives test/error, test/rate, and declares test/error"),
    ],
)
def test_what_is_not_declared_stops_it(of, found, why):
    with pytest.raises(ValueError, match=why):
        of(lambda draws: found)


def test_it_stops_between_seeds(of):
    asked = iter([False, True])
    with pytest.raises(Stopped):
        of(lambda draws: {"error": 0.0}, stopping=lambda: next(asked))
