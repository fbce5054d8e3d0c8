"""Results as panels: a metric by two keys, in which only what can be compared stands side by side."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from runner.comparison.entry import WORST, Entry, entry, rule
from runner.comparison.results import (
    CODE,
    DATA,
    FILES,
    NUMBERS,
    USUAL,
    Result,
    chosen,
    declared,
    in_order,
    metrics,
    of_one_kind,
    setting,
    shared,
    usual_metric,
    varying,
)
from runner.console.errors import ConfigError, nearest
from runner.console.say import note
from runner.tasks.families import TASKS
from runner.tasks.metric import Metric, primary, titled
from runner.tasks.selection import RULES, when

APART = {  # never in one panel, whatever is asked
    NUMBERS: "these were computed by versions of the code that give other numbers",
    DATA: "these were trained on other data under the same name",
    CODE: "these seeds of one cell were trained with other code than the rest of it",
}
FOLD = "dataset.fold"
LOSSES = tuple(task.baseline for task in TASKS.values())
BASELINES = (  # what one would use without thinking, of groups with a choice; "none" has no calibrated/*
    *LOSSES, "erm", "unchanged", "none", "mean", "sgd",
)  # fmt: skip


@dataclass(frozen=True)
class Panel:
    """A metric by two keys. In a column stand results that differ in nothing but what the rows say.

    Attributes:
        metric: as in rows.jsonl, "test/accuracy".
        declared: what it is.
        primary: the primary metric of its results, by which the best epoch is known.
        at: one of RULES.
        title: what all results share that others of the same report do not: "epochs=60"; "" where there are no others.
        why: the reason why they stand apart, where it is more than that.
        shared: what all results share that a reader needs to know besides: "digits, mlp".
        rows, columns: their names.
        entries: {(row, column): entry}.
        baseline: the row that the others are compared with.
        diverged: what diverged seeds count as, one of RULES_OF_DIVERGED of runner/comparison/entry.py.
        within: so many gradients each seed has taken at most, where results are compared at equal numbers of them.
        equal: the metric and its values where results are compared at equal ones of it; see equal.py.
        split: the places that would be in it, and whose seeds unlike code trained: they have tables of their own.
        over: what intervals and tests of differences are over, one of OVER of runner/comparison/examples.py.
        row_keys, column_keys: the keys whose values rows and columns are.
    """

    metric: str
    declared: Metric
    primary: str
    at: str
    title: str
    why: str
    shared: str
    rows: Sequence[str]
    columns: Sequence[str]
    entries: Mapping[tuple[str, str], Entry]
    baseline: str
    diverged: str = WORST
    within: int | None = None
    equal: str = ""
    split: Sequence[tuple[str, str]] = ()
    over: str = "seeds"
    row_keys: Sequence[str] = ()
    column_keys: Sequence[str] = ()

    def entry(self, row: str, column: str) -> Entry:
        return self.entries.get((row, column), Entry())

    def optimum(self, column: str) -> float | None:
        """The best possible value in a column, where that is known and one for all of its rows."""
        results = [each.result for (_, own), each in self.entries.items() if own == column and each.result]
        metrics = [
            o.metrics[self.metric] for each in results for o in each.outcomes.values() if self.metric in o.metrics
        ]
        known = {metric.optimum for metric in metrics}
        return known.pop() if len(known) == 1 else None

    @property
    def when(self) -> str:
        """Which epoch it is of."""
        limit = "" if self.within is None else f", within {self.within:,} gradients"
        if self.equal:
            limit += f", where {self.equal}, on lines between results that differ in arguments of the loss"
        return when(self.at, self.primary) + limit

    @property
    def heading(self) -> str:
        """What its results are of: "digits, mlp, epochs=60"."""
        return ", ".join(filter(None, (self.shared, self.title)))

    @property
    def named(self) -> str:
        """What its numbers are: "digits, mlp, 60 epochs: test ECE (%, lower is better)"."""
        return ": ".join(filter(None, (self.heading, titled(self.metric, self.declared))))

    @property
    def heads(self) -> list[str]:
        """What stands above its columns; a single one that no key names has the metric's name."""
        return [titled(column, self.declared) if column == self.metric else column for column in self.columns]

    @property
    def scale(self) -> float:
        """What to multiply by for people."""
        return self.declared.scale

    def size(self, difference: float) -> str:
        """A difference as people say it: "2 points" of 0.02 of a share."""
        shown = self.scale * difference
        return f"{shown:g}" + (f" point{'s' * (shown != 1)}" if self.scale == 100 else "")

    @property
    def digits(self) -> int:
        return self.declared.digits

    @property
    def counting(self) -> list[str]:
        """A clause on what diverged seeds count as, where there are any, or they are left out."""
        apart = self.diverged != WORST or any(each.diverged for each in self.entries.values())
        return [rule(self.metric, self.declared, self.diverged)] if apart else []

    @cached_property
    def most(self) -> int:
        """The most seeds that an entry has values of."""
        return max(map(self.most_in, self.columns), default=0)

    def most_in(self, column: str) -> int:
        """The most seeds that an entry of a column has values of."""
        return max((e.n for (_, own), e in self.entries.items() if own == column), default=0)

    def leaders(self, column: str) -> list[str]:
        """The rows with the best mean, several where it is the same on paper; only rows of which no seed that was asked
        for is missing or failed, or diverged and left out, can be among them. None where there is no second such row.
        """
        whole = [row for row in self._measured(column) if not self.entry(row, column).others]
        return self._foremost(whole, column) if len(whole) > 1 else []

    def best(self, column: str) -> str | None:
        """The first of the leaders."""
        return next(iter(self.leaders(column)), None)

    def passed_over(self, column: str) -> list[str]:
        """The rows that are not the best only because seeds are missing: those whose mean is no worse, or, in a column
        without a best, all that lack seeds."""
        rows = self._measured(column)
        missing = [row for row in rows if self.entry(row, column).others]
        best = self.best(column)
        if best is None:
            return missing if len(rows) > 1 else []
        return [row for row in missing if row in self._foremost([best, row], column)]

    def _measured(self, column: str) -> list[str]:
        return [row for row in self.rows if self.entry(row, column).known]

    def _foremost(self, rows: Sequence[str], column: str) -> list[str]:
        """Those of these rows that have the best mean of them."""
        from runner.statistics.values import on_paper  # numpy with it

        means = on_paper([self.entry(row, column).mean for row in rows])
        best = means.max() if self.declared.higher else means.min()
        return [row for row, mean in zip(rows, means, strict=True) if mean == best]

    def places(self, found: Iterable[tuple[str, str]]) -> str:
        """These rows and columns in words: "gce (noise=0.2 | noise=0.4), mae", which is mae in all columns."""
        columns: dict[str, list[str]] = {}
        for row, column in found:
            columns.setdefault(row, []).append(column)
        return ", ".join(
            row if len(its) == len(self.columns) else f"{row} ({' | '.join(its)})" for row, its in columns.items()
        )


@dataclass(frozen=True)
class Layout:
    """What is asked of a report. Empty strings leave the choice to what is in the store.

    Attributes:
        metric, at: which number of a seed.
        rows, columns: keys, comma-separated.
        where: see results.chosen.
        baseline: a row, by its name or the first part of it.
        diverged, within, equal, over: see Panel.
        tuned: each result stands for what tuning selected: what was searched, and is the same where it was not, names
            no rows, columns and panels.
    """

    metric: str = ""
    at: str = "last"
    rows: str = ""
    columns: str = ""
    where: str = ""
    baseline: str = ""
    diverged: str = WORST
    within: int | None = None
    equal: str = ""
    tuned: bool = False
    over: str = "seeds"

    def on(self, results: Sequence[Result]) -> "Layout":
        """With a metric: by default the primary one of these results. Raises ConfigError if they differ."""
        return replace(self, metric=self.metric or usual_metric(results))


def panels(results: Sequence[Result], layout: Layout) -> list[Panel]:
    """Results laid out, split into as many panels as it takes for each place to hold one cell.

    By default the rows are losses if there are several, or else what varies first, and all else that varies makes the
    columns. Folds are never rows, of which one would be the best: they have different test parts.

    Raises:
        ConfigError: a key, metric, rule or baseline is not there, or results declare the metric differently.
    """
    asked = chosen(results, layout.where)
    found = in_order(of_one_kind(asked, layout.metric))
    layout = layout.on(found)
    if unlike := len(asked) - len(found):
        what = f"{unlike} cell{'s' * (unlike != 1)} without {layout.metric}"
        note(f"{what} left out: what was trained and what a probe measured are no one table")
    _check(found, layout)
    metric = declared(found, layout.metric)
    keys = [key for key in varying(found) if not (layout.tuned and _searched(key, found))]
    apart = [key for key in keys if key in APART or key.startswith(FILES)]
    free = [key for key in keys if key not in apart]
    usual = sorted((k for k in free if k not in (FOLD, *layout.columns.split(","))), key=lambda k: k != "loss")
    rows = _keys("rows", layout.rows, found) or usual[:1] or ["loss"]
    own = [k for k in free if k not in rows and any(k.startswith(f"{row}.") for row in rows)]
    columns = _keys("cols", layout.columns, found) or [k for k in free if k not in rows and k not in own]
    left = apart + [k for k in free if k not in rows and k not in own and k not in columns]
    groups: dict[str, list[Result]] = {}
    for each in found:
        groups.setdefault(_named(each, left), []).append(each)
    keys_of = _Keys(rows, own, columns, left)
    split = [each for each in found if each.code]
    said = {title: _panel(members, layout, metric, title, keys_of, split) for title, members in groups.items()}
    if layout.baseline and not any(_row((layout.baseline,), panel.rows) for panel in said.values()):
        known = dict.fromkeys(row for panel in said.values() for row in panel.rows)
        raise ConfigError(f"baseline={layout.baseline}: there is no such row; {nearest(layout.baseline, known)}")
    return list(said.values())


class _Keys(NamedTuple):
    """What the names of rows say, and what they say besides (loss.q of loss), of columns, and of panels."""

    rows: Sequence[str]
    own: Sequence[str]
    columns: Sequence[str]
    left: Sequence[str]


def _panel(
    results: Sequence[Result],
    layout: Layout,
    metric: Metric,
    title: str,
    keys: _Keys,
    split: Sequence[Result],
) -> Panel:
    rows, own, columns, left = keys
    entries: dict[tuple[str, str], Entry] = {}
    for each in results:
        place = _place(each, keys, layout.metric)
        if place in entries and (other := entries[place].result):
            raise ConfigError(_one_place(other, each, place))
        entries[place] = entry(each, layout.metric, metric, layout.at, layout.diverged)
    apart = [k for k in left if k in results[0].settings and (k in APART or k.startswith(FILES))]
    beside = [key for key in left if key != CODE]
    names = list(dict.fromkeys(row for row, _ in entries))
    return Panel(
        metric=layout.metric,
        declared=metric,
        primary=primary(metrics(results)) or layout.metric.partition("/")[2],
        at=layout.at,
        title=title,
        why="; ".join(APART.get(key, "the contents of a file differ") for key in apart),
        shared=shared(results, {*rows, *own, *columns, *left}),
        rows=names,
        columns=list(dict.fromkeys(column for _, column in entries)),
        entries=entries,
        baseline=_row((layout.baseline, *BASELINES), names) or names[0],
        diverged=layout.diverged,
        within=layout.within,
        equal=layout.equal,
        over=layout.over,
        split=list(dict.fromkeys(_place(each, keys, layout.metric) for each in split if _named(each, beside) == title)),
        row_keys=rows,
        column_keys=columns,
    )


def _place(result: Result, keys: _Keys, metric: str) -> tuple[str, str]:
    """The row and the column of a result; a panel without keys for columns has one, of the metric's name."""
    its = USUAL | result.settings  # keys that came after results were stored are not in these
    parts = [str(its[key]) if key in result.choices else setting(key, its[key]) for key in keys.rows if key in its]
    return ", ".join(filter(None, (*parts, _named(result, keys.own)))) or "-", _named(result, keys.columns) or metric


def _one_place(one: Result, other: Result, place: tuple[str, str]) -> str:
    its, others = one.settings, other.settings
    apart = [key for key in {**its, **others} if repr(its.get(key, "")) != repr(others.get(key, ""))]
    said = f"differ in {', '.join(apart)}" if apart else "are the same"
    return f"{', '.join(place)}: the cells {one.cell} and {other.cell} have this place, and {said}"


def _row(names: Iterable[str], rows: Sequence[str]) -> str | None:
    """The first row of the first of these names that there is; "ce" is also the name of "ce, optimizer.lr=0.1"."""
    return next((row for name in names for row in rows if name in (row, row.partition(", ")[0])), None)


def _searched(key: str, results: Sequence[Result]) -> bool:
    """Was a key searched for some, and is it the same in the others? Raises ConfigError for what was not tuned."""
    by: dict[bool, list[Result]] = {True: [], False: []}
    for each in results:
        if each.tuning is None:
            raise ConfigError(f"tuned=true: the cell {each.cell} was not tuned; use where= to leave it out")
        if key in each.settings:
            by[key in each.tuning.space].append(each)
    return bool(by[True]) and key not in varying(by[False])


def _named(result: Result, keys: Sequence[str]) -> str:
    settings = USUAL | result.settings
    return ", ".join(setting(key, settings[key]) for key in keys if key in settings)


def _keys(option: str, said: str, results: Sequence[Result]) -> list[str]:
    keys = [key for key in said.split(",") if key]
    known = {key for each in results for key in each.settings}
    for key in keys:
        if key not in known:
            raise ConfigError(f"{option}={key}: no result has such a key; {nearest(key, known)}")
    return keys


def _check(results: Sequence[Result], layout: Layout) -> None:
    if layout.at not in RULES:
        raise ConfigError(f"at={layout.at}: {nearest(layout.at, RULES)}")
    there = {rule for each in results for outcome in each.outcomes.values() for rule in outcome.rows}
    if layout.at == "best_val" and there and layout.at not in there:
        raise ConfigError(f"at=best_val: no validation examples (val_fraction=0); {nearest('', there)}")
