"""Results as panels: a metric by two keys, in which only what can be compared stands side by side."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import fmean, median, stdev
from typing import Any

from runner.comparison.results import DATA, Result, chosen, in_order, metrics, varying
from runner.errors import ConfigError, nearest
from runner.selection import RULES

LOWER = ("nll", "ece", "brier", "aurc", "memorised", "objective", "seconds")  # metrics of which less is better
UNBOUNDED = ("nll", "brier", "objective", "seconds")  # metrics that are no share of anything
APART = {  # never in one panel, whatever is asked
    "numbers": "these were computed by versions of the code that give other numbers",
    DATA: "these were trained on other data under the same name",
}
PREFIX = "files."  # the contents of files, likewise
BASELINES = ("ce", "erm", "none", "mean")  # what one would use without thinking, of the groups in which it is a choice


def higher(metric: str) -> bool:
    """Is more of it better?"""
    return not metric.endswith(LOWER)


@dataclass(frozen=True)
class Entry:
    """One place of a panel: what the seeds of a cell came to.

    Attributes:
        values: {seed: the metric}, of every seed that is done.
        others: {state: how many} of the seeds that are not.
        result: the cell, None where there is none.
    """

    values: Mapping[int, float] = field(default_factory=dict)
    others: Mapping[str, int] = field(default_factory=dict)
    result: Result | None = None

    @property
    def n(self) -> int:
        return len(self.values)

    @cached_property
    def mean(self) -> float:
        return fmean(self.values.values()) if self.values else float("nan")

    @cached_property
    def sd(self) -> float:
        """Sample standard deviation (ddof=1), nan for fewer than two seeds."""
        return stdev(self.values.values(), self.mean) if self.n > 1 else float("nan")

    def text(self, scale: float, digits: int, most: int = 0) -> str:
        """Mean +- sample standard deviation (n), then what is not in the mean. If others have more seeds, n says so.

        >>> Entry({0: 0.5, 1: 0.6}, {"diverged": 1}).text(100, 2, most=3)
        '55.00 ± 7.07 (n=2 of 3), 1 diverged'
        """
        parts = []
        if self.n:
            spread = f" ± {scale * self.sd:.{digits}f}" if self.n > 1 else ""
            n = f"n={self.n} of {most}" if self.n < most else f"n={self.n}"
            parts.append(f"{scale * self.mean:.{digits}f}{spread} ({n})")
        return ", ".join(parts + [f"{count} {state}" for state, count in sorted(self.others.items())]) or "-"

    def took(self, what: Callable[[Mapping[str, Any]], float | None]) -> float | None:
        """The median over seeds of something that they took, None where it is not known."""
        outcomes = self.result.outcomes.values() if self.result else ()
        known = [value for o in outcomes if o.took and (value := what(o.took)) is not None]
        return median(known) if known else None


def entry(result: Result, metric: str, at: str) -> Entry:
    """One metric of a cell, at one of RULES."""
    values: dict[int, float] = {}
    others: Counter[str] = Counter()
    for seed, outcome in result.outcomes.items():
        row = outcome.rows.get(at, {})
        if metric in row:
            values[seed] = row[metric]
        else:
            others[f"without {metric}" if outcome.state == "done" else outcome.state] += 1
    return Entry(values, dict(others), result)


@dataclass(frozen=True)
class Panel:
    """A metric by two keys. In a column stand results that differ in nothing but what the rows say.

    Attributes:
        metric: as in rows.jsonl, "test/accuracy".
        at: one of RULES.
        title: what all results share that others of the same report do not: "epochs=60"; "" where there are no others.
        why: the reason why they stand apart, where it is more than that.
        rows, columns: their names.
        entries: {(row, column): entry}.
        baseline: the row that the others are compared with.
    """

    metric: str
    at: str
    title: str
    why: str
    rows: Sequence[str]
    columns: Sequence[str]
    entries: Mapping[tuple[str, str], Entry]
    baseline: str

    def entry(self, row: str, column: str) -> Entry:
        return self.entries.get((row, column), Entry())

    @cached_property
    def scale(self) -> float:
        """What to multiply by for people: 100 for shares, 1 for the rest."""
        bounded = not self.metric.endswith(UNBOUNDED)
        return 100 if bounded and all(0 <= v <= 1 for e in self.entries.values() for v in e.values.values()) else 1

    @property
    def digits(self) -> int:
        return 2 if self.scale == 100 else 4

    @cached_property
    def most(self) -> int:
        """The most seeds that an entry has values of."""
        return max((e.n for e in self.entries.values()), default=0)

    def best(self, column: str) -> str | None:
        """The row with the best mean; only rows of which no seed that was asked for is missing or failed can be it."""
        pick = max if higher(self.metric) else min
        means = {row: e.mean for row in self.rows if (e := self.entry(row, column)).n and not e.others}
        return pick(means, key=lambda row: means[row]) if len(means) > 1 else None

    def complete(self) -> list[str]:
        """The rows that have values in every column."""
        return [row for row in self.rows if all(self.entry(row, column).n for column in self.columns)]


@dataclass(frozen=True)
class Layout:
    """What is asked of a report. Empty strings leave the choice to what is in the store.

    Attributes:
        metric, at: which number of a seed.
        rows, columns: keys, comma-separated.
        where: see results.chosen.
        baseline: a row.
    """

    metric: str = "test/accuracy"
    at: str = "last"
    rows: str = ""
    columns: str = ""
    where: str = ""
    baseline: str = ""


def panels(results: Sequence[Result], layout: Layout) -> list[Panel]:
    """Results laid out, split into as many panels as it takes for each place to hold one cell.

    By default the rows are losses, or else what varies first, and all else that varies makes the columns.

    Raises:
        ConfigError: a key, metric, rule or baseline is not there.
    """
    found = in_order(chosen(results, layout.where))
    _check(found, layout)
    keys = varying(found)
    apart = [key for key in keys if key in APART or key.startswith(PREFIX)]
    free = [key for key in keys if key not in apart]
    rows = _keys(layout.rows, found) or [next((k for k in free if k not in layout.columns.split(",")), "loss")]
    own = [k for k in free if k not in rows and any(k.startswith(f"{row}.") for row in rows)]
    columns = _keys(layout.columns, found) or [k for k in free if k not in rows and k not in own]
    left = apart + [k for k in free if k not in rows and k not in own and k not in columns]
    groups: dict[str, list[Result]] = {}
    for each in found:
        groups.setdefault(_named(each, left), []).append(each)
    said = {title: _panel(members, layout, title, rows, own, columns, apart) for title, members in groups.items()}
    if layout.baseline and not any(layout.baseline in panel.rows for panel in said.values()):
        known = dict.fromkeys(row for panel in said.values() for row in panel.rows)
        raise ConfigError(f"baseline={layout.baseline}: there is no such row; {nearest(layout.baseline, known)}")
    return list(said.values())


def _panel(
    results: Sequence[Result],
    layout: Layout,
    title: str,
    rows: Sequence[str],
    own: Sequence[str],
    columns: Sequence[str],
    apart: Sequence[str],
) -> Panel:
    entries: dict[tuple[str, str], Entry] = {}
    for each in results:
        first = ", ".join(str(each.settings.get(key)) for key in rows)
        place = ", ".join(filter(None, (first, _named(each, own)))), _named(each, columns) or layout.metric
        entries[place] = entry(each, layout.metric, layout.at)
    names = list(dict.fromkeys(row for row, _ in entries))
    usual = next((name for name in BASELINES if name in names), names[0])
    return Panel(
        metric=layout.metric,
        at=layout.at,
        title=title,
        why="; ".join(APART.get(key, "the contents of a file differ") for key in apart),
        rows=names,
        columns=list(dict.fromkeys(column for _, column in entries)),
        entries=entries,
        baseline=layout.baseline if layout.baseline in names else usual,
    )


def _named(result: Result, keys: Sequence[str]) -> str:
    settings = result.settings
    return ", ".join(f"{key}={settings[key]}" for key in keys if key in settings)


def _keys(said: str, results: Sequence[Result]) -> list[str]:
    keys = [key for key in said.split(",") if key]
    known = {key for each in results for key in each.settings}
    for key in keys:
        if key not in known:
            raise ConfigError(f"{key}: no result has such a key; {nearest(key, known)}")
    return keys


def _check(results: Sequence[Result], layout: Layout) -> None:
    if layout.at not in RULES:
        raise ConfigError(f"at={layout.at}: {nearest(layout.at, RULES)}")
    known = metrics(results)
    if known and layout.metric not in known:
        raise ConfigError(f"metric={layout.metric}: no result has it; {nearest(layout.metric, known)}")
