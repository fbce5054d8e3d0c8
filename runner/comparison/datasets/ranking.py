"""Rows by their ranks: of a data set over its columns, the conditions that it was tried in, and then over data sets.

Conditions of a data set (noise rates, models) resemble each other, so that fourteen columns of two data sets are no
fourteen problems. Tests over problems are of data sets alone (Demsar, 2006).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isnan, nan

import numpy as np

from runner.comparison.panels import Panel
from runner.comparison.results import Result
from runner.statistics.ranks import average_ranks, friedman_p, nemenyi_distance
from runner.statistics.sign_flip import decisive, smallest_p
from runner.statistics.values import Array

LEAST = 3  # rows, and columns, from which on ranks say something
SOURCES = ("dataset.source", "dataset.name", "dataset.root")  # what data sets read that have many under one name


@dataclass(frozen=True)
class Ranking:
    """Rows by their ranks, of those that have means in all columns with no diverged seed left out.

    Attributes:
        rows: (O,) names.
        scores: (P, O) means, columns by rows.
        sets: {data set: places of its columns}, D of them.
        higher: is more of the metric better?
        left_out: (row, column) where other rows have no mean, for want of which they have no rank.
    """

    rows: Sequence[str]
    scores: Array
    sets: Mapping[str, Sequence[int]]
    higher: bool
    left_out: Sequence[tuple[str, str]]

    @cached_property
    def by_set(self) -> Array:
        """(D, O) mean ranks over the columns of each data set, 1 is best."""
        found = [average_ranks(self.scores[its], self.higher) for its in self.sets.values()]
        return np.array(found).reshape(len(self.sets), len(self.rows))

    @cached_property
    def means(self) -> Array:
        """(D, O) mean scores over the columns of each data set."""
        return np.array([self.scores[its].mean(axis=0) for its in self.sets.values()])

    @cached_property
    def ranks(self) -> Array:
        """(O,) mean ranks over data sets, 1 is best."""
        return np.asarray(self.by_set.mean(axis=0)) if self.rows else np.zeros(0)

    @cached_property
    def friedman(self) -> float:
        """p that all rank alike on the data sets, nan where it is not defined."""
        return friedman_p(-self.by_set) if self.rows else nan

    @property
    def telling(self) -> bool:
        """Are there rows and columns enough for ranks to say something?"""
        return min(self.scores.shape) >= LEAST

    @property
    def pairs(self) -> int:
        """Two rows each."""
        return len(self.rows) * (len(self.rows) - 1) // 2

    @property
    def over(self) -> str:
        """What ranks are over: "9 data sets", "14 columns of 2 data sets" or, of one, "7 columns"."""
        columns, sets = len(self.scores), len(self.sets)
        if sets == columns > 1:
            return f"{sets} data sets"
        return f"{columns} column{'s' * (columns != 1)}" + f" of {sets} data sets" * (sets > 1)


def data_sets(panel: Panel) -> dict[str, list[str]]:
    """{data set: its columns}; a single one where a column has several, which then are what rows differ in.

    A data set is its name and, where many have that, what it reads. Its other arguments are conditions of it.
    """
    named = {
        column: list(
            dict.fromkeys(_name(its.result) for (_, c), its in panel.entries.items() if c == column and its.result)
        )
        for column in panel.columns
    }
    if any(len(its) > 1 for its in named.values()):
        return {", ".join(dict.fromkeys(name for its in named.values() for name in its)): list(panel.columns)}
    found: dict[str, list[str]] = {}
    for column, its in named.items():
        found.setdefault(its[0], []).append(column)
    return found


def _name(result: Result) -> str:
    its = result.settings
    return ", ".join(str(its[key]) for key in ("dataset", *SOURCES) if key in its)


def ranking(panel: Panel) -> Ranking:
    """Of the rows that have a mean in every column, of which no diverged seed was left out."""
    left_out = [(row, c) for row in panel.rows for c in panel.columns if not panel.entry(row, c).ranked]
    rows = [row for row in panel.rows if row not in dict(left_out)]
    scores = np.array([[panel.entry(row, column).mean for row in rows] for column in panel.columns])
    places = {column: place for place, column in enumerate(panel.columns)}
    sets = {name: [places[column] for column in its] for name, its in data_sets(panel).items()}
    return Ranking(rows, scores.reshape(len(places), len(rows)), sets, panel.declared.higher, left_out)


def unranked(panel: Panel, order: Ranking) -> list[str]:
    """A clause on the rows that have no rank, where there are any."""
    lost = [place for place in order.left_out if panel.entry(*place).known]
    lacking = [place for place in order.left_out if place not in lost]
    said = [f"not ranked, for want of a mean in every column: {panel.places(lacking)}"] * bool(lacking)
    return said + [f"not ranked, as seeds that diverged are not in the mean: {panel.places(lost)}"] * bool(lost)


def tested(order: Ranking, level: float) -> list[str]:
    """What Friedman's and Nemenyi's tests say of the ranks, where there are data sets and rows enough for them."""
    if isnan(order.friedman):
        return []
    sets, rows = len(order.sets), len(order.rows)
    distance = nemenyi_distance(rows, sets, level)
    apart = f"ranks that are {distance:.2f} apart differ (Nemenyi)"
    if distance > rows - 1:
        apart = f"no two ranks can be as far apart as it takes, {distance:.2f} (Nemenyi)"
    return [f"all rank alike on {sets} data sets: p={order.friedman:.2g} (Friedman)", apart]


def few_sets(order: Ranking, level: float) -> list[str]:
    """What to say of columns that are no problems of their own, and of data sets that are too few for a test."""
    columns, sets, pairs = len(order.scores), len(order.sets), order.pairs
    if not pairs:
        return []
    if sets == 1:
        return ["the columns are conditions of one data set, so nothing is tested over them"] * (columns > 1)
    said = [f"the {columns} columns are conditions of {sets} data sets, and tests count {sets} problems"]
    return said * (columns > sets) + too_few(sets, pairs, level)


def too_few(sets: int, pairs: int, level: float) -> list[str]:
    """What to say where Wilcoxon's test over so many data sets cannot bring any of the pairs to the level."""
    if smallest_p(sets) * pairs <= level:
        return []
    what = "the one pair" if pairs == 1 else f"any of {pairs} pairs"
    return [f"{sets} data sets cannot tell {what} apart by Wilcoxon's test (it takes {decisive(pairs, level)})"]
