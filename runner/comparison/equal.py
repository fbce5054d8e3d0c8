"""A metric where another one has a given value: what two objectives give at the same divergence from a reference, where
each trades one for the other by an argument of its own.

Results that differ in the arguments of their loss alone are a front. On it, the metric of a seed is taken from the
straight line between the two neighbours that have the value between them; a seed whose front does not come to the value
has none.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from math import isnan, nan
from typing import Any, NamedTuple

from runner.comparison.results import Outcome, Result, usual_metric
from runner.compose.identity import PART, digest
from runner.console.errors import ConfigError, nearest

OWN = "loss."  # keys along which a front goes


class Equal(NamedTuple):
    """Attributes: key: a metric, as in rows.jsonl; values: at which results are compared."""

    key: str
    values: Sequence[float]


def equal_of(said: str) -> Equal:
    """What "test/kl=0.5|1|2" says. Raises ConfigError."""
    key, _, values = said.partition("=")
    try:
        return Equal(key, [float(value) for value in values.split("|")])
    except ValueError as error:
        raise ConfigError(f"equal={said}: must be a metric and its values, such as test/kl=0.5|1|2") from error


def at_equal(results: Sequence[Result], equal: Equal, metric: str, at: str) -> list[Result]:
    """A result for each front and value, in which the value is a setting.

    Args:
        metric: "" for the usual one.
        at: which row of a seed counts.
    Raises:
        ConfigError: no result has the metric that is to be equal, or one front is of unlike code.
    """
    metric = metric or usual_metric(results)
    known = {name for each in results for outcome in each.outcomes.values() for name in outcome.metrics}
    if equal.key not in known:
        raise ConfigError(f"equal={equal.key}: no result has it; {nearest(equal.key, known)}")
    fronts: dict[str, list[Result]] = {}
    for each in results:
        fronts.setdefault(digest(_besides(each)), []).append(each)
    return [_on(front, equal.key, value, metric, at) for front in fronts.values() for value in equal.values]


def _besides(result: Result) -> dict[str, Any]:
    """All that the results of one front have in common."""
    return {key: value for key, value in result.settings.items() if not key.startswith(OWN) or key == f"{OWN}{PART}"}


def _on(front: Sequence[Result], key: str, value: float, metric: str, at: str) -> Result:
    """The front where the metric called `key` has a value."""
    first = front[0]
    codes = {outcome.made.get("code", "") for each in front for outcome in each.outcomes.values() if outcome.made}
    if len(codes) > 1:
        raise ConfigError(f"equal={key}: the front of cell {first.cell} was trained with unlike code")
    loss = {name: own for name, own in first.question["loss"].items() if name == PART}
    seeds = sorted({seed for each in front for seed in each.outcomes})
    outcomes = {seed: _between(front, seed, (key, metric), value, at) for seed in seeds}
    name = digest({"cells": sorted(each.cell for each in front), key: value})
    question = {**first.question, "loss": loss, key: value}
    return replace(first, cell=name, question=question, command="", outcomes=outcomes, folder=None, tuning=None)


def _between(front: Sequence[Result], seed: int, keys: tuple[str, str], value: float, at: str) -> Outcome:
    """What a seed has there: the second of these metrics, where its front comes so far."""
    its = [each.outcomes[seed] for each in front if seed in each.outcomes]
    done = [outcome for outcome in its if outcome.state == "done"]
    if not done:
        return its[0]
    points = sorted(_points(done, keys, at))
    found = _interpolated(points, value)
    compared = keys[1]
    metrics = {compared: replace(done[0].metrics[compared], optimum=None)} if compared in done[0].metrics else {}
    return Outcome("done", {at: {} if isnan(found) else {compared: found}}, {}, done[0].made, metrics)


def _points(done: Sequence[Outcome], keys: tuple[str, str], at: str) -> Iterator[tuple[float, float]]:
    for outcome in done:
        row: Mapping[str, float] = outcome.rows.get(at, {})
        if all(name in row for name in keys):
            yield row[keys[0]], row[keys[1]]


def _interpolated(points: Sequence[tuple[float, float]], value: float) -> float:
    """Of points in order, nan beyond their ends.

    >>> _interpolated([(0.0, 1.0), (2.0, 2.0)], 0.5), _interpolated([(0.0, 1.0), (2.0, 2.0)], 3.0)
    (1.25, nan)
    """
    for (low, here), (high, there) in pairwise(points):
        if low <= value <= high:
            return here if low == high else here + (there - here) * (value - low) / (high - low)
    return nan
