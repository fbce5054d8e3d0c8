"""How often do intervals over several problems hold the truth?

The tables `show=aggregates` and `show=improvement`, and the bands of score distributions. Five problems have means that
are one standard deviation of the seeds apart, and seeds of the six kinds. An interval should hold the aggregate of runs
without end. Of two rows one is half a standard deviation better, or both are equal and the probability of improvement
is 0.5. All intervals are percentile bootstraps, as rliable's are, and too narrow for few seeds. A band is held to its
promise at one threshold, the middle of all runs.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from runner.statistics.stratified.above import band_above, share_above
from runner.statistics.stratified.aggregates import (
    Aggregate,
    aggregate,
    aggregate_interval,
    interquartile_mean,
    mean_of_means,
    median_of_means,
    optimality_gap,
)
from runner.statistics.stratified.improvement import improvement, improvement_interval
from runner.statistics.values import Array
from simulate.rates import Promise, Rate
from simulate.scatter import SCATTERS

SEEDS = (5, 10, 20)
REPETITIONS = 100
MANY = 4_000  # seeds of which the truth is taken
PLACES = np.arange(5.0)[:, None]  # of the problems
HOLDS: Promise = ("at least", 0.95)
MIDDLE = float(PLACES.mean())
AHEAD = 0.5
EQUAL = 1e-9

Bounds = tuple[float, float]


@dataclass(frozen=True)
class Asked:
    """Attributes: truth: of many runs (P, MANY) of two rows; bounds: of few."""

    truth: Callable[[Array, Array], float]
    bounds: Callable[[Array, Array], Bounds]


def measure() -> list[Rate]:
    asked = {
        "the interval holds the mean": _aggregate(mean_of_means),
        "the interval holds the median of means": _aggregate(median_of_means),
        "the interval holds the IQM": _aggregate(interquartile_mean),
        "the interval holds the optimality gap": _aggregate(optimality_gap(MIDDLE)),
        "the band holds the share above the middle": Asked(
            lambda ours, _: float(share_above(ours, [MIDDLE])[0]), lambda ours, _: _band(ours)
        ),
        "the interval holds P(improvement) of equal rows": Asked(lambda *_: 0.5, improvement_interval),
        "the interval holds P(improvement) of unequal rows": Asked(
            lambda ours, theirs: improvement(ours + AHEAD, theirs),
            lambda ours, theirs: improvement_interval(ours + AHEAD, theirs),
        ),
    }
    return [each for what, its in asked.items() for kind in SCATTERS for each in _rates(what, kind, its)]


def _rates(what: str, kind: str, asked: Asked) -> Iterator[Rate]:
    truth = asked.truth(*(_drawn(kind, MANY, 1, seed)[0] for seed in range(2)))
    for n in SEEDS:
        both = zip(*(_drawn(kind, n, REPETITIONS, seed) for seed in range(2)), strict=True)
        bounds = [asked.bounds(ours, theirs) for ours, theirs in both]
        rate = np.mean([low - EQUAL <= truth <= high + EQUAL for low, high in bounds])
        yield Rate(what, kind, n, float(rate), REPETITIONS, HOLDS)


def _drawn(kind: str, n: int, times: int, seed: int) -> Array:
    """(times, P, n)."""
    return SCATTERS[kind](np.random.default_rng([n, seed]), (times, len(PLACES), n)) + PLACES


def _aggregate(of: Aggregate) -> Asked:
    return Asked(lambda ours, _: aggregate(of, ours), lambda ours, _: aggregate_interval(of, ours))


def _band(runs: Array) -> Bounds:
    low, high = band_above(runs, [MIDDLE])
    return float(low[0]), float(high[0])
