"""The factors in which the results of a panel differ, and the places of the grid that they span."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from typing import Any

import numpy as np

from runner.comparison.entry import Entry
from runner.comparison.panels import Panel
from runner.comparison.results import Result, setting
from runner.statistics.values import Array

Level = tuple[Any, ...]  # the values of a factor's keys, None of a key that is not there


@dataclass(frozen=True)
class Factor:
    """What differs: a key with those that belong to it, `noise_type` with `noise_type.flip`.

    Attributes:
        keys: the first is its name.
        levels: that there are, numbers by size.
        names: of the levels.
    """

    keys: Sequence[str]
    levels: Sequence[Level]
    names: Sequence[str]

    @property
    def choice(self) -> bool:
        """Has it no order? Numbers have, and are taken as equally far apart, as one chooses rates or widths."""
        values = [value for level in self.levels for value in level]
        return len(self.keys) > 1 or not all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)

    def coordinate(self, level: int) -> float:
        """Of the level with this number: in [0, 1] of a number, its own number of a choice."""
        return float(level) if self.choice else level / (len(self.levels) - 1)


@dataclass(frozen=True)
class Grid:
    """The places of all combinations of levels, of which some have a cell.

    Attributes:
        rows: the rows of the panel, as one factor.
        factors: the others, which make the universes.
        cells: {(row, a level of each factor), by their numbers: entry}, of those with a mean over their seeds.
    """

    rows: Factor
    factors: Sequence[Factor]
    cells: dict[tuple[int, ...], Entry]

    @property
    def all(self) -> list[Factor]:
        """The factors with more than one level, the rows first."""
        return [factor for factor in (self.rows, *self.factors) if len(factor.levels) > 1]

    @cached_property
    def universes(self) -> list[tuple[int, ...]]:
        """All combinations of levels of the factors."""
        return list(product(*(range(len(factor.levels)) for factor in self.factors)))

    @property
    def size(self) -> int:
        """How many places it has."""
        return prod(len(factor.levels) for factor in (self.rows, *self.factors))

    def places(self, universes: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
        """All rows in these universes, those of a row one after another."""
        return [(row, *its) for row in range(len(self.rows.levels)) for its in universes]

    def coordinates(self, places: Sequence[tuple[int, ...]]) -> Array:
        """(N, F) of these places, by the factors with more than one level."""
        each = (self.rows, *self.factors)
        kept = [(i, factor) for i, factor in enumerate(each) if len(factor.levels) > 1]
        return np.array([[factor.coordinate(place[i]) for i, factor in kept] for place in places], dtype=np.float64)

    def universe(self, place: tuple[int, ...]) -> str:
        """What this combination is called: "noise=0.4, model=cnn"."""
        return ", ".join(factor.names[level] for factor, level in zip(self.factors, place, strict=True))


def grid(panel: Panel) -> Grid:
    """The grid of a panel: its rows, by the keys of its columns."""
    results = {place: its.result for place, its in panel.entries.items() if its.result}
    made = [_factor(keys, list(results.values())) for keys in _owned(panel.column_keys)]
    factors = [factor for factor in made if len(factor.levels) > 1]
    cells = {}
    for place, result in results.items():
        if panel.entries[place].known:
            own = (factor.levels.index(_level(factor.keys, result)) for factor in factors)
            cells[panel.rows.index(place[0]), *own] = panel.entries[place]
    rows = Factor([", ".join(panel.row_keys)], [(row,) for row in panel.rows], panel.rows)
    return Grid(rows, factors, cells)


def _owned(keys: Sequence[str]) -> list[list[str]]:
    """Keys, each with those that belong to it."""
    found: dict[str, list[str]] = {}
    for key in keys:
        found.setdefault(next((owner for owner in found if key.startswith(f"{owner}.")), key), []).append(key)
    return list(found.values())


def _level(keys: Sequence[str], result: Result) -> Level:
    return tuple(result.settings.get(key) for key in keys)


def _factor(keys: Sequence[str], results: Sequence[Result]) -> Factor:
    """Results are in order, and so numbers by size."""
    levels = {repr(level): (level, each) for each in results if (level := _level(keys, each))}
    made = Factor(keys, [level for level, _ in levels.values()], [])
    order = sorted(levels.values(), key=lambda each: 0.0 if made.choice else float(each[0][0]))
    names = [", ".join(setting(key, each.settings[key]) for key in keys if key in each.settings) for _, each in order]
    return Factor(keys, [level for level, _ in order], names)
