"""A panel's objectives against each other, seed by seed, with one correction for all that is shown."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from math import isnan, nan

import numpy as np
from numpy.typing import NDArray

from runner.comparison.entry import Entry
from runner.comparison.examples import UntoldError, side_by_side
from runner.comparison.panels import Panel
from runner.statistics.crossed import examples_p, over_both, over_examples
from runner.statistics.multiple import all_pairs_p, holm
from runner.statistics.paired import Paired, paired
from runner.statistics.power import seeds_for
from runner.statistics.sign_flip import EXACT, smallest_p
from runner.statistics.values import Array
from runner.store.record import FINISHED

POWER = 0.8
REPORT = "report"
PLACE = {REPORT: "report", "panel": "table", "column": "column"}  # over which p is corrected, in words
FAMILIES = tuple(PLACE)
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


def gaps(panel: Panel, each: Comparison) -> Array:
    """(n,) the differences that a comparison is of."""
    return differences(panel.entry(each.row, each.column), panel.entry(each.other, each.column))


def against_baseline(panel: Panel, level: float = 0.05) -> list[Comparison]:
    """Every other row against the baseline in every column: one family."""
    (family,) = families([panel], level)
    return list(family.comparisons)


@dataclass(frozen=True)
class Family:
    """What a panel's rows are against its baseline, and over what p was corrected.

    Attributes:
        comparisons: with the corrected p.
        over: one of FAMILIES.
        sizes: {column: comparisons that p was corrected for}.
    """

    comparisons: Sequence[Comparison]
    over: str
    sizes: Mapping[str, int]

    @property
    def named(self) -> str:
        """So many comparisons, and of what: "18 comparisons of the report"."""
        sizes = sorted(set(self.sizes.values()))
        many = " or ".join(map(str, sizes))
        what = f"comparison{'s' * (sizes != [1])} of {'a' if self.over == 'column' else 'the'}"
        return f"{many} {what} {PLACE[self.over]}"

    def level(self, column: str, level: float) -> float:
        """The level of one comparison of a column, where each has the same share (Bonferroni)."""
        return level / max(self.sizes[column], 1)


def families(
    panels: Sequence[Panel],
    level: float = 0.05,
    over: str = REPORT,
    p: Callable[[Panel, Comparison], float] = lambda panel, each: each.paired.p,
) -> list[Family]:
    """Of each panel every other row against the baseline in every column; p is corrected over all panels, over each, or
    over each of its columns, as `over` says. A comparison without a p counts in none.

    Args:
        p: of the test that is meant; by default that the two do not differ.
    """

    def family(place: int, column: str) -> tuple[int | str, ...]:
        return {REPORT: (), "panel": (place,), "column": (place, column)}[over]

    made = [[replace(each, holm=p(panel, each)) for each in _against_baseline(panel, level)] for panel in panels]
    groups: dict[tuple[int | str, ...], list[Comparison]] = {}
    for place, its in enumerate(made):
        for each in its:
            groups.setdefault(family(place, each.column), []).append(each)
    corrected = {key: iter(holm(each.holm for each in its)) for key, its in groups.items()}
    sizes = {key: sum(not isnan(each.holm) for each in its) for key, its in groups.items()}
    return [
        Family(
            [replace(each, holm=next(corrected[family(place, each.column)])) for each in its],
            over,
            {column: sizes.get(family(place, column), 0) for column in panel.columns},
        )
        for place, (panel, its) in enumerate(zip(panels, made, strict=True))
    ]


def _against_baseline(panel: Panel, level: float) -> list[Comparison]:
    found = []
    for row, column in ((row, c) for row in panel.rows for c in panel.columns if row != panel.baseline):
        a, b = panel.entry(row, column), panel.entry(panel.baseline, column)
        if a.n and b.n:
            lacking = {state: a.others.get(state, 0) + b.others.get(state, 0) for state in {*a.others, *b.others}}
            lost = len((a.diverged | b.diverged) & a.values.keys() & b.values.keys())
            its = paired(differences(a, b), 1 - level)
            its, m, why = _over(panel, a, b, its) if its.n else (replace(its, p=nan), 0, "")
            higher = panel.declared.higher
            found.append(Comparison(row, panel.baseline, column, its, its.p, lacking, lost, higher, m, why))
    return found


def tied_with_best(panel: Panel, level: float = 0.05) -> set[tuple[str, str]]:
    """{(row, column)} of those that are not separable from the best of their column, corrected for all pairs of that.

    None of those whose seeds in common with the best could not tell it: that says nothing of them.
    """
    found = set()
    for column in panel.columns:
        rows, p = pairs(panel, column)
        can = [row for row, n in _common_with_best(panel, column).items() if smallest_p(n) <= level]
        found |= {(row, column) for row in can if p[rows.index(row), rows.index(panel.best(column) or row)] > level}
    return found


def undecided(panel: Panel, level: float = 0.05) -> dict[str, tuple[int, int]]:
    """{column: (seeds, rows)} of the columns that have a best, from which nothing can be told with so many seeds in
    common."""
    found = {}
    for column in panel.columns:
        common = _common_with_best(panel, column)
        if (most := max(common.values(), default=0)) and smallest_p(most) > level:
            found[column] = most, len(common) + 1
    return found


def apart_from_best(panel: Panel, level: float = 0.05) -> list[tuple[str, str]]:
    """[(row, column)] of those that have no seed in common with the best of their column, or too few where others have
    enough: nobody compared them."""
    found = []
    few = undecided(panel, level)
    for column in panel.columns:
        common, best = _common_with_best(panel, column), panel.best(column)
        known = [row for row in panel.rows if best and row != best and panel.entry(row, column).known]
        alone = [row for row in known if smallest_p(common.get(row, 0)) > level]
        found += [(row, column) for row in alone if row not in common or column not in few]
    return found


def _common_with_best(panel: Panel, column: str) -> dict[str, int]:
    """{row: seeds in common with the best of a column} of those that can be compared with it; nothing where none is."""
    best = panel.best(column)
    known = [row for row in panel.rows if best and row != best and panel.entry(row, column).known]
    common = {row: _common(panel, row, best or row, column) for row in known}
    return {row: n for row, n in common.items() if n}


def _common(panel: Panel, row: str, other: str, column: str) -> int:
    return len(panel.entry(row, column).values.keys() & panel.entry(other, column).values.keys())


def pairs(panel: Panel, column: str) -> tuple[list[str], Array]:
    """The rows that have a mean in a column, and (O, O) of p of each two of them, corrected for all pairs."""
    rows = [row for row in panel.rows if panel.entry(row, column).known]
    seeds = sorted({seed for row in rows for seed in panel.entry(row, column).values})
    values = [[panel.entry(row, column).values.get(seed, nan) for row in rows] for seed in seeds]
    return rows, all_pairs_p(np.array(values).reshape(len(seeds), len(rows)))


def uncompared(panel: Panel) -> list[tuple[str, str]]:
    """[(row, column)] of those without a seed that counts, and so in no comparison with the baseline; where that itself
    has none, it alone stands for its column."""
    found = []
    for column in panel.columns:
        empty = [row for row in panel.rows if not panel.entry(row, column).n]
        found += [(row, column) for row in ([panel.baseline] if panel.baseline in empty else empty)]
    return found


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
    """(P, O, O): 1 where a row is separably better than another in a column, -1 where worse; corrected for all pairs of
    the column's rows, also for those that are not asked for."""
    found = np.zeros((len(panel.columns), len(rows), len(rows)), dtype=np.int8)
    sign = 1 if panel.declared.higher else -1
    for place, column in enumerate(panel.columns):
        known, p = pairs(panel, column)
        for a, b in combinations(range(len(rows)), 2):
            if {rows[a], rows[b]} <= set(known) and p[known.index(rows[a]), known.index(rows[b])] <= level:
                apart = differences(panel.entry(rows[a], column), panel.entry(rows[b], column))
                found[place, a, b] = sign * np.sign(apart.mean())
                found[place, b, a] = -found[place, a, b]
    return found


def told(panel: Panel, rows: Sequence[str], level: float = 0.05) -> NDArray[np.bool_]:
    """(P, O, O): have two rows seeds enough in common in a column to tell which of them is better?"""
    return np.array([[[smallest_p(n) <= level for n in line] for line in its] for its in _shared(panel, rows)])


def undecided_pairs(panel: Panel, rows: Sequence[str], level: float = 0.05) -> dict[str, tuple[int, int]]:
    """{column: (seeds, pairs of rows)} of the columns in which no pair has seeds enough in common."""
    found = {}
    for column, its in zip(panel.columns, _shared(panel, rows), strict=True):
        if its.any() and smallest_p(int(its.max())) > level:
            found[column] = int(its.max()), int(np.count_nonzero(its)) // 2
    return found


def _shared(panel: Panel, rows: Sequence[str]) -> NDArray[np.int64]:
    """(P, O, O) of seeds that two rows have in common in a column, 0 for a row and itself."""
    found = [
        [[_common(panel, row, other, column) if row != other else 0 for other in rows] for row in rows]
        for column in panel.columns
    ]
    return np.array(found, dtype=np.int64).reshape(len(panel.columns), len(rows), len(rows))


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
