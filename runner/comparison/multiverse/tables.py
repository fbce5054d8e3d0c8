"""Two tables of a panel whose results make a grid: is a row better over all universes, and what do results depend on?

A universe is a combination of the other factors (Steegen et al., "Increasing Transparency Through a Multiverse
Analysis", 2016). A Gaussian process with the noise of seeds stands for the grid, as in Bell et al., "Modeling the
Machine Learning Multiverse", NeurIPS 2022, of which this is not the code: there a universe is drawn from ranges, here
the levels are those that the store has.
"""

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist, fmean
from typing import NamedTuple

import numpy as np

from runner.comparison.caption import caption
from runner.comparison.entry import Entry
from runner.comparison.multiverse.grid import Factor, Grid, grid
from runner.comparison.multiverse.indices import sobol
from runner.comparison.notes.origins import notes
from runner.comparison.panels import Panel
from runner.console.table import Mark, Table, bounds, number
from runner.statistics.values import SEED, Array

LEAST = 4  # cells
MOST = 1000  # places to say something of
DRAWS = 2000  # of the whole grid, for intervals of indices


class Posterior(NamedTuple):
    """What the cells say of some places, all rows by these universes, a row's one after another.

    Attributes:
        universes: by the numbers of their levels.
        mean, covariance: (P,) and (P, P).
    """

    grid: Grid
    universes: Sequence[tuple[int, ...]]
    mean: Array
    covariance: Array


def multiverse(panel: Panel, level: float = 0.05) -> Table:
    """Each row against the baseline over the universes in which that has a cell: how probably is it better, on average
    and in each?"""
    header = ["", "cells (seeds)", "difference", f"{1 - level:.0%} interval", "P(better)", "universes", "least"]
    label, title = f"{panel.metric}-multiverse", f"{panel.named} {panel.when}, against {panel.baseline} over universes"
    its, base = grid(panel), panel.rows.index(panel.baseline)
    universes = [each for each in its.universes if (base, *each) in its.cells]
    alone = "there is one row, and nothing to compare it with" if len(panel.rows) < 2 else ""
    if why := _lacking(its, universes) or alone:
        return Table(caption(title, [], [why]), header, [], label=label)
    found = posterior(its, universes)
    body = [[Mark(text) for text in _row(panel, found, row, level)] for row in range(len(panel.rows)) if row != base]
    marks = [
        f"universes: the {len(universes)} combinations of {_names(its.factors)} in which {panel.baseline} has a cell, "
        "which count alike",
        "difference: of the means over universes" + ", in points" * (panel.scale == 100),
        "P(better): probability that it is better in the mean over universes",
        "universes: the share of them in which it is, expected",
        "least: the universe in which that is least probable, and how probable it is",
    ]
    return Table(caption(title, marks, _remarks(panel, found)), header, body, label=label)


def sensitivity(panel: Panel, level: float = 0.05) -> Table:
    """On which factor does the metric depend? First-order and total Sobol indices of the grid."""
    name = f"{1 - level:.0%} interval"
    header = ["", "levels", "first-order", name, "total", name]
    label, title = f"{panel.metric}-sensitivity", f"{panel.named} {panel.when}, shares of its variance over the grid"
    its = grid(panel)
    alone = "one factor varies, and all depends on it" if len(its.all) < 2 else ""
    if why := _lacking(its, its.universes) or alone:
        return Table(caption(title, [], [why]), header, [], label=label)
    found = posterior(its, its.universes)
    drawn = np.random.default_rng(SEED).multivariate_normal(found.mean, found.covariance, DRAWS, method="eigh")
    columns = []
    for draws in sobol(drawn.reshape(DRAWS, *(len(factor.levels) for factor in its.all))):
        low, high = np.quantile(draws, [level / 2, 1 - level / 2], axis=0)
        columns.append([number(value, ".2f") for value in draws.mean(axis=0)])
        columns.append([bounds(a, b, ".2f") or "-" for a, b in zip(low, high, strict=True)])
    names = [(factor.keys[0], str(len(factor.levels))) for factor in its.all]
    body = [[Mark(text) for text in (*name, *texts)] for name, *texts in zip(names, *columns, strict=True)]
    marks = [
        f"grid: all {its.size} combinations of {_names(its.all)}, which count alike",
        "first-order: the share that the factor explains by itself, expected",
        "total: the share that nothing else explains, with what it does together with others, expected",
    ]
    return Table(caption(title, marks, _remarks(panel, found)), header, body, label=label)


def posterior(its: Grid, universes: Sequence[tuple[int, ...]]) -> Posterior:
    """What a Gaussian process that is given all cells says of all rows in these universes. The means over seeds count
    as independent."""
    from runner.comparison.multiverse.process import Process

    entries = list(its.cells.values())
    choices = [factor.choice for factor in its.all]
    means = [each.mean for each in entries]
    process = Process(its.coordinates(list(its.cells)), means, choices, variances(entries))
    return Posterior(its, universes, *process.at(its.coordinates(its.places(universes))))


def variances(entries: Sequence[Entry]) -> list[float]:
    """Of the means of these entries, of which one has two seeds: ((n - 1) s^2 + s_0^2) / n, divided by n.

    s^2 is the variance over the n seeds, and s_0^2 that of all entries pooled, which counts as one more observation:
    two seeds that happen to agree do not make a mean exact. Of 200 simulated grids of 18 cells without a difference, so
    many were said to have one at the level of 0.05, with 3, 5 and 10 seeds a cell: 7.5%, 6% and 4%; with s^2 / n alone
    it were 12%, 9.5% and 5%.
    """
    several = [each for each in entries if each.n > 1]
    pooled = sum((each.n - 1) * each.sd**2 for each in several) / sum(each.n - 1 for each in several)
    return [((each.n - 1) * (each.sd**2 if each.n > 1 else 0.0) + pooled) / each.n**2 for each in entries]


def _lacking(its: Grid, universes: Sequence[tuple[int, ...]]) -> str:
    """Why nothing can be said of these universes; "" where something can."""
    if not its.factors:
        return "results differ in nothing but their rows, and there is one universe"
    if len(its.cells) < LEAST:
        return f"{len(its.cells)} cells have a mean, and it takes {LEAST}"
    if (places := max(len(its.rows.levels) * len(universes), len(its.cells))) > MOST:
        return f"there are {places} places, and at most {MOST} can be had: where= or cols= makes them fewer"
    if all(each.n < 2 for each in its.cells.values()):
        return "no cell has two seeds, and the noise of seeds is not known"
    return "" if universes else "the baseline has no cell with a mean"


def _row(panel: Panel, found: Posterior, row: int, level: float) -> list[str]:
    """A row's line of `multiverse`."""
    count, base = len(found.universes), panel.rows.index(panel.baseline)
    one, other = slice(row * count, (row + 1) * count), slice(base * count, (base + 1) * count)
    covariance = found.covariance
    mean = found.mean[one] - found.mean[other]
    apart = covariance[one, one] + covariance[other, other] - covariance[one, other] - covariance[other, one]
    average = float(mean.mean()), sqrt(max(float(apart.mean()), 0.0))
    sign = 1 if panel.declared.higher else -1
    each = [_above(sign * m, sqrt(max(v, 0.0))) for m, v in zip(mean.tolist(), apart.diagonal().tolist(), strict=True)]
    least = min(range(count), key=each.__getitem__)
    half = NormalDist().inv_cdf(1 - level / 2) * average[1]
    low, high = (panel.scale * (average[0] + side * half) for side in (-1, 1))
    entries = [its for each in found.universes if (its := found.grid.cells.get((row, *each)))]
    if not entries:
        return [panel.rows[row], "0 (0)", *["-"] * 5]
    return [
        panel.rows[row],
        f"{len(entries)} ({sum(entry.n for entry in entries)})",
        f"{panel.scale * average[0]:+.{panel.digits}f}",
        f"[{low:+.{panel.digits}f}, {high:+.{panel.digits}f}]",
        _probability(_above(sign * average[0], average[1])),
        f"{fmean(each):.0%}",
        f"{_probability(each[least])} ({found.grid.universe(found.universes[least])})",
    ]


def _above(mean: float, sd: float) -> float:
    """The probability that a normal number is above 0; one half where it is 0 for sure."""
    return NormalDist().cdf(mean / sd) if sd else (1 + float(np.sign(mean))) / 2


def _probability(value: float) -> str:
    """To three digits, and never as certain: 0.553, <0.001, >0.999."""
    return "<0.001" if value < 0.001 else ">0.999" if value > 0.999 else f"{value:.3f}"


def _names(factors: Sequence[Factor]) -> str:
    return " x ".join(f"{factor.keys[0]} ({len(factor.levels)})" for factor in factors)


def _remarks(panel: Panel, found: Posterior) -> list[str]:
    """How the numbers came about, and what is special here."""
    cells, places = found.grid.cells, found.grid.places(found.universes)
    seeds = sorted({each.n for each in cells.values()})
    n = f"{seeds[0]} to {seeds[-1]}" if len(seeds) > 1 else str(seeds[0])
    said = [f"by a Gaussian process of {len(cells)} cells of {n} seeds, whose means count as independent"]
    if left := sum(place not in cells for place in places):
        said.append(f"{left} of {len(places)} places have no cell with a mean, and are what the others say")
    return [*said, *panel.counting, *notes(panel)]
