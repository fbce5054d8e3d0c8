"""A panel's objectives against each other, seed by seed, with one correction for all that is shown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations, pairwise
from math import isnan, nan

import numpy as np
from numpy.typing import NDArray

from runner.comparison.entry import Entry
from runner.comparison.examples import UntoldError, side_by_side
from runner.comparison.panels import Panel
from runner.statistics.crossed import examples_p, over_both, over_examples
from runner.statistics.multiple import holm
from runner.statistics.paired import Paired, paired
from runner.statistics.power import seeds_for
from runner.statistics.ranks import average_ranks, friedman_p
from runner.statistics.sign_flip import EXACT, sign_flip_p, smallest_p
from runner.statistics.values import Array
from runner.store.record import FINISHED

POWER = 0.8
LEAST = 3  # rows, and columns, from which on ranks say something
MANY = EXACT + 1  # seeds, from which on the smallest p is that of a Monte Carlo test


@dataclass(frozen=True)
class Comparison:
    """One row of a panel against another, in one column.

    Attributes:
        row, other, column: of the panel.
        paired: what the differences row - other over common seeds say, in the metric's unit; nan where there is no such
            seed, and where one diverged and the metric has no worst value.
        holm: p, corrected for all comparisons of its family.
        lacking: {state: how many} of the seeds of either that do not count.
        diverged: how many of the common seeds did, in one of both.
        higher: is more of the metric better?
        examples: how many test examples it is over, too; 0 where it is over seeds alone.
        untold: why it is not over test examples, though it should be; else "".
    """

    row: str
    other: str
    column: str
    paired: Paired
    holm: float
    lacking: dict[str, int]
    diverged: int
    higher: bool
    examples: int = 0
    untold: str = ""

    @property
    def made(self) -> bool:
        """Have the two a seed in common, and can they be compared over all of those?"""
        return not isnan(self.paired.p)

    @property
    def wins(self) -> float:
        """Share of common seeds in which the row is better than the other, ties count half."""
        above = self.paired.superiority
        return above if self.higher else 1 - above

    def better(self, level: float) -> bool | None:
        """Is the row significantly better (True) or worse (False) than the other? None: neither."""
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
        if column not in few:
            apart = _from_best(panel, column)
            ps = holm(map(sign_flip_p, apart.values()))
            found |= {(row, column) for row, p in zip(apart, ps, strict=True) if p > level}
    return found


def undecided(panel: Panel, level: float = 0.05) -> dict[str, tuple[int, int]]:
    """{column: (seeds, rows)} of the columns that have a best, from which nothing can be told after Holm's correction
    with so many seeds in common."""
    found = {}
    for column in panel.columns:
        sizes = [its.size for its in _from_best(panel, column).values()]
        if _undecidable(sizes, level):
            found[column] = max(sizes), len(sizes) + 1
    return found


def apart_from_best(panel: Panel) -> list[tuple[str, str]]:
    """[(row, column)] of those that have no seed in common with the best of their column: nobody compared them."""
    found = []
    for column in panel.columns:
        if best := panel.best(column):
            compared = {best, *_from_best(panel, column)}
            found += [(r, column) for r in panel.rows if r not in compared and panel.entry(r, column).known]
    return found


def _from_best(panel: Panel, column: str) -> dict[str, Array]:
    """{row: its differences to the best of a column} of those that can be compared with it; nothing where none is."""
    best = panel.best(column)
    known = [row for row in panel.rows if best and row != best and panel.entry(row, column).known]
    apart = {row: differences(panel.entry(row, column), panel.entry(best or row, column)) for row in known}
    return {row: its for row, its in apart.items() if its.size}


def _undecidable(sizes: Sequence[int], level: float) -> bool:
    """Can none of a family of comparisons over so many seeds reach the level? Not so of no comparison."""
    return bool(sizes) and smallest_p(max(sizes)) * len(sizes) > level


def uncompared(panel: Panel) -> list[tuple[str, str]]:
    """[(row, column)] of those without a seed that counts, and so in no comparison with the baseline; where that itself
    has none, it alone stands for its column."""
    found = []
    for column in panel.columns:
        empty = [row for row in panel.rows if not panel.entry(row, column).n]
        found += [(row, column) for row in ([panel.baseline] if panel.baseline in empty else empty)]
    return found


def _family(panel: Panel, pairs: Sequence[tuple[str, str, str]], level: float) -> list[Comparison]:
    found = []
    for row, other, column in pairs:
        a, b = panel.entry(row, column), panel.entry(other, column)
        if a.n and b.n:
            lacking = {state: a.others.get(state, 0) + b.others.get(state, 0) for state in {*a.others, *b.others}}
            lost = len((a.diverged | b.diverged) & a.values.keys() & b.values.keys())
            its = paired(differences(a, b), 1 - level)
            its, m, why = _over(panel, a, b, its) if its.n else (replace(its, p=nan), 0, "")
            found.append(Comparison(row, other, column, its, nan, lacking, lost, panel.declared.higher, m, why))
    corrected = holm([each.paired.p for each in found])
    return [replace(each, holm=p) for each, p in zip(found, corrected, strict=True)]


def _over(panel: Panel, one: Entry, other: Entry, its: Paired) -> tuple[Paired, int, str]:
    """What is said of two entries over seeds, with interval and p over what the panel asks for; over how many test
    examples, and why it is not."""
    if panel.over == "seeds":
        return its, 0, ""
    try:
        a, b = side_by_side([one, other], panel.metric, panel.declared, panel.at)
    except UntoldError as error:
        return replace(its, low=nan, high=nan, p=nan), 0, str(error)
    apart = a - b
    found = over_both(apart) if panel.over == "both" else over_examples(apart)
    low, high = found.interval(its.level)
    p = found.p() if panel.over == "both" else examples_p(apart)
    return replace(its, low=low, high=high, p=p), apart.shape[1], ""


def verdicts(panel: Panel, rows: Sequence[str], level: float = 0.05) -> NDArray[np.int8]:
    """(P, O, O): 1 where a row is separably better than another in a column, -1 where worse; Holm over each column."""
    found = np.zeros((len(panel.columns), len(rows), len(rows)), dtype=np.int8)
    sign = 1 if panel.declared.higher else -1
    for p, column in enumerate(panel.columns):
        apart = _pairs(panel, rows, column)
        for (a, b), corrected in zip(apart, holm(map(sign_flip_p, apart.values())), strict=True):
            if corrected <= level:
                found[p, a, b] = sign * np.sign(apart[a, b].mean())
                found[p, b, a] = -found[p, a, b]
    return found


def told(panel: Panel, rows: Sequence[str], level: float = 0.05) -> NDArray[np.bool_]:
    """(P, O, O): can it be told which of two rows is better in a column? Only where they have seeds in common, and the
    column is not one of `undecided_pairs`."""
    found = np.zeros((len(panel.columns), len(rows), len(rows)), dtype=np.bool_)
    few = undecided_pairs(panel, rows, level)
    for p, column in enumerate(panel.columns):
        for a, b in () if column in few else _pairs(panel, rows, column):
            found[p, a, b] = found[p, b, a] = True
    return found


def undecided_pairs(panel: Panel, rows: Sequence[str], level: float = 0.05) -> dict[str, tuple[int, int]]:
    """{column: (seeds, pairs of rows)} of the columns in which no pair can be told apart after Holm's correction."""
    found = {}
    for column in panel.columns:
        sizes = [its.size for its in _pairs(panel, rows, column).values()]
        if _undecidable(sizes, level):
            found[column] = max(sizes), len(sizes)
    return found


def _pairs(panel: Panel, rows: Sequence[str], column: str) -> dict[tuple[int, int], Array]:
    """{two places among rows: the differences of the first and the second} of those with seeds in common."""
    entries = [panel.entry(row, column) for row in rows]
    pairs = combinations(range(len(rows)), 2)
    return {(a, b): its for a, b in pairs if (its := differences(entries[a], entries[b])).size}


def more_seeds(panel: Panel, comparison: Comparison, detect: float, level: float = 0.05) -> "More | None":
    """The seeds that would find a difference of `detect`, were the scatter the largest that the seeds allow, see
    `largest_sd`; None if that is not known.

    Args:
        level: of this one test: that of a family, divided by its comparisons.
    """
    if not comparison.paired.sd > 0:  # equal differences do not say how they vary
        return None
    needed = seeds_for(comparison.paired.sd, comparison.paired.n, detect, max(level, smallest_p(MANY)), POWER)
    arms = (panel.entry(row, comparison.column) for row in (comparison.row, comparison.other))
    return More(needed, tuple(command for entry in arms for command in _lacking(entry, needed)))


@dataclass(frozen=True)
class More:
    """Attributes: seeds: how many are needed in all; commands: what trains those that are missing."""

    seeds: int
    commands: tuple[str, ...]


def _lacking(entry: Entry, needed: int) -> Iterator[str]:
    """The commands that train the seeds 0 ... needed - 1 that an entry lacks, in runs of seeds; also those that failed
    or are only planned."""
    if entry.result is None or not entry.result.command:
        return
    ended = (seed for seed, outcome in entry.result.outcomes.items() if outcome.state in FINISHED)
    there = sorted(seed for seed in ended if seed < needed)
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
        left_out: (row, column) where other rows have no mean, for want of which they have no rank.
    """

    rows: Sequence[str]
    scores: Array
    ranks: Array
    left_out: Sequence[tuple[str, str]]

    @cached_property
    def friedman(self) -> float:
        """p that all rank alike, nan where it is not defined."""
        return friedman_p(self.scores) if self.rows else nan

    @property
    def telling(self) -> bool:
        """Are there rows and columns enough for ranks to say something?"""
        return min(self.scores.shape) >= LEAST


def ranking(panel: Panel) -> Ranking:
    """Of the rows that have a mean in every column."""
    left_out = [(row, c) for row in panel.rows for c in panel.columns if not panel.entry(row, c).known]
    rows = [row for row in panel.rows if row not in dict(left_out)]
    scores = np.array([[panel.entry(row, column).mean for row in rows] for column in panel.columns])
    scores = scores.reshape(len(panel.columns), len(rows))
    if not rows:
        return Ranking(rows, scores, np.zeros(0), left_out)
    return Ranking(rows, scores, average_ranks(scores, panel.declared.higher), left_out)


def unranked(panel: Panel, order: Ranking) -> list[str]:
    """A clause on the rows that have no rank, where there are any."""
    return [f"not ranked, for want of a mean in every column: {panel.places(order.left_out)}"] * bool(order.left_out)
