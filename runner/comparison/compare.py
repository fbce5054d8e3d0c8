"""A panel's objectives against each other, seed by seed, with one correction for all that is shown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import isnan

import numpy as np
from numpy.typing import NDArray

from runner.comparison.across import average_ranks, friedman_p
from runner.comparison.entry import Entry
from runner.comparison.panels import Panel
from runner.comparison.stats import EXACT, Array, Paired, holm, paired, seeds_needed, sign_flip_p, smallest_p

POWER = 0.8
LEAST = 3  # rows, and columns, from which on ranks say something
MANY = EXACT + 1  # seeds, from which on the smallest p is that of a Monte Carlo test


@dataclass(frozen=True)
class Comparison:
    """One row of a panel against another, in one column.

    Attributes:
        row, other, column: of the panel.
        paired: what the differences row - other over common seeds say, in the metric's unit; nan where a seed diverged
            and the metric has no worst value.
        holm: p, corrected for all comparisons of its family.
        lacking: {state: how many} of the seeds of either that do not count.
        diverged: how many of the common seeds did, in one of both.
        higher: is more of the metric better?
    """

    row: str
    other: str
    column: str
    paired: Paired
    holm: float
    lacking: dict[str, int]
    diverged: int
    higher: bool

    @property
    def made(self) -> bool:
        """Can the two be compared over all seeds?"""
        return not isnan(self.paired.p)

    @property
    def wins(self) -> float:
        """Share of common seeds in which the row is better than the other, ties count half."""
        above = self.paired.superiority
        return above if self.higher else 1 - above

    def better(self, level: float) -> bool | None:
        """Is the row separably better (True), or worse (False), than the other? None: not to be told."""
        if not self.holm <= level:
            return None
        return (self.paired.mean > 0) == self.higher


def differences(entry: Entry, other: Entry) -> Array:
    """(n,) of the seeds that count in both, in order; nan where one of both has no number."""
    common = sorted(entry.values.keys() & other.values.keys())
    return np.array([entry.values[seed] - other.values[seed] for seed in common])


def against_baseline(panel: Panel, level: float = 0.05) -> list[Comparison]:
    """Every other row against the baseline in every column: one family."""
    pairs = [(row, panel.baseline, c) for row in panel.rows for c in panel.columns if row != panel.baseline]
    return _family(panel, pairs, level)


def tied_with_best(panel: Panel, level: float = 0.05) -> set[tuple[str, str]]:
    """{(row, column)} of those that are not separable from the best of their column, Holm over each column.

    None of a column in which nothing could be (see `undecided`): that says nothing of its rows.
    """
    found = set()
    few = undecided(panel, level)
    for column in panel.columns:
        best = panel.best(column)
        if best is None or column in few:
            continue
        others = [row for row in panel.rows if row != best and panel.entry(row, column).known]
        ps = holm(sign_flip_p(differences(panel.entry(row, column), panel.entry(best, column))) for row in others)
        found |= {(row, column) for row, p in zip(others, ps, strict=True) if not p <= level}
    return found


def undecided(panel: Panel, level: float = 0.05) -> dict[str, tuple[int, int]]:
    """{column: (seeds, rows)} of the columns that have a best, from which nothing can be told after Holm's correction
    with so many seeds."""
    found = {}
    for column in panel.columns:
        sizes = [its.n for row in panel.rows if (its := panel.entry(row, column)).known]
        if panel.best(column) and smallest_p(max(sizes)) * (len(sizes) - 1) > level:
            found[column] = max(sizes), len(sizes)
    return found


def _family(panel: Panel, pairs: Sequence[tuple[str, str, str]], level: float) -> list[Comparison]:
    found = []
    for row, other, column in pairs:
        a, b = panel.entry(row, column), panel.entry(other, column)
        if a.n and b.n:
            lacking = {state: a.others.get(state, 0) + b.others.get(state, 0) for state in {*a.others, *b.others}}
            lost = len((a.diverged | b.diverged) & a.values.keys() & b.values.keys())
            found.append((row, other, column, paired(differences(a, b), 1 - level), lacking, lost))
    corrected = holm([its.p for *_, its, _, _ in found])
    return [
        Comparison(row, other, column, its, p, lacking, lost, panel.declared.higher)
        for (row, other, column, its, lacking, lost), p in zip(found, corrected, strict=True)
    ]


def verdicts(panel: Panel, rows: Sequence[str], level: float = 0.05) -> NDArray[np.int8]:
    """(P, O, O): 1 where a row is separably better than another in a column, -1 where worse; Holm over each column."""
    found = np.zeros((len(panel.columns), len(rows), len(rows)), dtype=np.int8)
    sign = 1 if panel.declared.higher else -1
    pairs = list(combinations(range(len(rows)), 2))
    for p, column in enumerate(panel.columns):
        entries = [panel.entry(row, column) for row in rows]
        apart = [differences(entries[a], entries[b]) for a, b in pairs]
        for (a, b), its, corrected in zip(pairs, apart, holm(map(sign_flip_p, apart)), strict=True):
            if corrected <= level:
                found[p, a, b] = sign * np.sign(its.mean())
                found[p, b, a] = -found[p, a, b]
    return found


def more_seeds(panel: Panel, comparison: Comparison, detect: float, level: float = 0.05) -> "More | None":
    """What it would take to find a difference of `detect`, given the scatter seen; None where that is not known.

    Args:
        level: of this one test: that of a family, divided by its comparisons.
    """
    if isnan(comparison.paired.sd):
        return None
    needed = seeds_needed(comparison.paired.sd, detect, max(level, smallest_p(MANY)), POWER)
    arms = (panel.entry(row, comparison.column) for row in (comparison.row, comparison.other))
    return More(needed, tuple(command for entry in arms for command in _lacking(entry, needed)))


@dataclass(frozen=True)
class More:
    """Attributes: seeds: how many are needed in all; commands: what trains those that are missing."""

    seeds: int
    commands: tuple[str, ...]


def _lacking(entry: Entry, needed: int) -> Iterator[str]:
    """The commands that train the seeds 0 ... needed - 1 that an entry lacks, in runs of seeds."""
    if entry.result is None or not entry.result.command:
        return
    there = sorted(seed for seed in entry.result.outcomes if seed < needed)
    for before, after in pairwise([-1, *there, needed]):
        if after - before > 1:
            yield entry.result.ask(range(before + 1, after))


@dataclass(frozen=True)
class Ranking:
    """Rows by their ranks over the columns, in all of which they have means.

    Attributes:
        rows: (O,) names.
        scores: (P, O) means, columns by rows.
        ranks: (O,) average ranks, 1 is best.
        friedman: p that all rank alike, nan where it is not defined.
    """

    rows: Sequence[str]
    scores: Array
    ranks: Array
    friedman: float

    @property
    def telling(self) -> bool:
        """Are there rows and columns enough for ranks to say something?"""
        return min(self.scores.shape) >= LEAST


def ranking(panel: Panel) -> Ranking:
    """Of the rows that have a mean in every column."""
    rows = panel.complete()
    scores = np.array([[panel.entry(row, column).mean for row in rows] for column in panel.columns])
    scores = scores.reshape(len(panel.columns), len(rows))
    if not rows:
        return Ranking(rows, scores, np.zeros(0), float("nan"))
    return Ranking(rows, scores, average_ranks(scores, panel.declared.higher), friedman_p(scores))
