"""From the store to tables: `python -m runner.report`. Nothing is trained here, and torch is not known."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from rich.console import Console
from rich.table import Table

from runner.errors import ConfigError, nearest, program
from runner.selection import RULES
from runner.store import Cell, Store

Asked = tuple[Cell, Sequence[int]]  # a cell and the seeds asked of it


@dataclass
class Entry:
    """One place of a table: what the seeds of a cell came to.

    Attributes:
        values: the metric at the last epoch of every seed that is done, in order of seeds.
        others: {state: how many} of the seeds that are not.
    """

    values: list[float] = field(default_factory=list)
    others: dict[str, int] = field(default_factory=dict)

    def text(self, scale: float, digits: int) -> str:
        """Mean +- sample standard deviation (n), then what is not in the mean.

        >>> Entry([0.5, 0.6], {"diverged": 1}).text(100, 2)
        '55.00 ± 7.07 (n=2), 1 diverged'
        """
        parts = []
        if self.values:
            spread = f" ± {scale * stdev(self.values):.{digits}f}" if len(self.values) > 1 else ""
            parts.append(f"{scale * mean(self.values):.{digits}f}{spread} (n={len(self.values)})")
        return ", ".join(parts + [f"{count} {state}" for state, count in sorted(self.others.items())]) or "-"


def ends(cell: Cell, seeds: Iterable[int], at: str = "last") -> list[tuple[str, dict[str, Any]]]:
    """The state and, of those that are done, the row that counts of some seeds of a cell; `at` is one of RULES."""
    statuses = [cell.seed(seed).checked() for seed in seeds]
    return [(s["state"], s.get("selected", {}).get(at, {}) if s["state"] == "done" else {}) for s in statuses]


def entry(found: Iterable[tuple[str, Mapping[str, Any]]], metric: str) -> Entry:
    """One metric of what `ends` found."""
    made = Entry()
    for state, last in found:
        if metric in last:
            made.values.append(last[metric])
        else:
            lacking = f"without {metric}" if state == "done" else state
            made.others[lacking] = made.others.get(lacking, 0) + 1
    return made


def varying(cells: Sequence[Cell]) -> list[str]:
    """The keys in which the cells differ, groups first: "loss", "loss.epsilon", "noise".

    What belongs to a choice (loss.epsilon to loss) counts where cells of the same choice differ in it.
    """
    table = [_flat(cell) for cell in cells]
    keys = dict.fromkeys(key for row in table for key in row)
    found: list[str] = []
    for key in keys:
        owners = [other for other in found if key.startswith(f"{other}.")]
        values: dict[tuple[str, ...], set[str]] = {}
        for row in table:
            values.setdefault(tuple(str(row.get(owner)) for owner in owners), set()).add(str(row.get(key)))
        if any(len(different) > 1 for different in values.values()):
            found.append(key)
    return found


def _in_order(cells: Iterable[Cell]) -> list[Cell]:
    """By the values of what varies, numbers by size."""
    found = list(cells)
    keys = varying(found)

    def rank(cell: Cell) -> list[tuple[bool, float, str]]:
        values = [_flat(cell).get(key) for key in keys]
        return [(isinstance(v, str), v if isinstance(v, int | float) else 0.0, str(v)) for v in values]

    return sorted(found, key=rank)


def _flat(cell: Cell) -> dict[str, Any]:
    return dict(cell.choices) | dict(_leaves("", cell.question))


def _leaves(prefix: str, node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in node.items():
        if isinstance(value, Mapping):
            yield from _leaves(f"{prefix}{key}.", value)
        else:
            yield prefix + key, value


@dataclass
class Pivot:
    """A metric by two keys: entries[row][column], with the names of what varies along each side."""

    metric: str
    at: str
    rows: list[str]
    columns: list[str]
    entries: dict[tuple[str, str], Entry]

    @property
    def caption(self) -> str:
        percent = " in %" if self.scale == 100 else ""
        return (
            f"{self.metric}{percent} {RULES[self.at]}, mean ± sample standard deviation of n seeds; * is the best mean"
        )

    @property
    def scale(self) -> float:
        values = [v for e in self.entries.values() for v in e.values]
        return 100 if all(0 <= v <= 1 for v in values) and not self.metric.endswith(("nll", "brier")) else 1

    def best(self, column: str) -> str | None:
        """The row with the best mean, among those of which all seeds asked for are done."""
        means = {
            row: mean(e.values)
            for row in self.rows
            if (e := self.entries.get((row, column))) and e.values and not e.others
        }
        if len(means) < 2:
            return None
        pick = min if self.metric.endswith(("nll", "ece", "brier", "memorised", "objective")) else max
        return pick(means, key=lambda row: means[row])

    def lines(self) -> list[list[str]]:
        """Header and body as text, the best of each column starred."""
        body = []
        for row in self.rows:
            texts = []
            for column in self.columns:
                text = self.entries.get((row, column), Entry()).text(self.scale, 2 if self.scale == 100 else 4)
                texts.append(text + (" *" if self.best(column) == row else ""))
            body.append([row, *texts])
        return [["", *self.columns], *body]

    def markdown(self) -> str:
        header, *body = (f"| {' | '.join(line)} |" for line in self.lines())
        rule = "|" + "---|" * (len(self.columns) + 1)
        return "\n".join([f"{self.caption.replace('*', chr(92) + '*')}.", "", header, rule, *body])

    def show(self, console: Console) -> None:
        header, *body = self.lines()
        table = Table(*header, caption=self.caption)
        for line in body:
            table.add_row(*(f"[bold]{text}[/]" if text.endswith("*") else text for text in line))
        console.print(table)


def pivot(
    cells: Sequence[Asked], metric: str, at: str = "last", rows: str | None = None, columns: str | None = None
) -> Pivot:
    """Cells by what varies among them; by default the first such key makes the rows, the others the columns."""
    keys = varying([cell for cell, _ in cells])
    rows = rows or next((k for k in keys if k != columns), "loss")
    across = [columns] if columns else [k for k in keys if k != rows and not k.startswith(f"{rows}.")]
    left = [k for k in keys if k != rows and k not in across]
    made = Pivot(metric, at, [], [], {})
    for cell, seeds in cells:
        flat = _flat(cell)
        row = ", ".join([str(flat.get(rows)), *(f"{k}={flat[k]}" for k in left if k in flat)])
        column = ", ".join(f"{k}={flat[k]}" for k in across if k in flat) or metric
        made.rows += [row] if row not in made.rows else []
        made.columns += [column] if column not in made.columns else []
        made.entries[row, column] = entry(ends(cell, seeds, at), metric)
    return made


def single(cell: Cell, seeds: Sequence[int], console: Console) -> None:
    """All metrics of one cell."""
    found = ends(cell, seeds)
    names = next(
        ([name for name in last if "/" in name] for state, last in found if state == "done"), ["test/accuracy"]
    )
    table = Table("metric", "mean ± sample standard deviation", caption=f"last epoch; {cell.path}")
    for name in names:
        table.add_row(name, entry(found, name).text(1, 4))
    console.print(table)


OPTIONS = {
    "store": "results", "metric": "test/accuracy", "at": "last", "rows": "", "cols": "", "format": "terminal",
}  # fmt: skip
CHOICES = {"format": ("terminal", "markdown"), "at": tuple(RULES)}
MARKED = re.compile(r"(<!-- python -m runner\.report (.*?) -->\n).*?(<!-- end -->)", re.DOTALL)


def main(arguments: Sequence[str]) -> None:
    """Print the table that the arguments ask for; `into=FILE` instead renews the tables whose commands FILE holds."""
    for argument in arguments:
        if argument.startswith("into="):
            file = Path(argument.removeprefix("into="))
            text = file.read_text(encoding="utf-8")
            renew = MARKED.sub(lambda m: f"{m[1]}{_table(m[2].split()).markdown()}\n\n{m[3]}", text)
            file.write_text(renew, encoding="utf-8")
            return
    made = _table(arguments)
    if "format=markdown" in arguments:
        print(made.markdown())
    else:
        made.show(Console())


def _table(arguments: Sequence[str]) -> Pivot:
    options = dict(OPTIONS)
    for argument in arguments:
        key, _, value = argument.partition("=")
        if key not in options:
            raise ConfigError(f"{argument}: there is no such option; {nearest(key, [*options, 'into'])}")
        options[key] = value
    for key, choices in CHOICES.items():
        if options[key] not in choices:
            raise ConfigError(f"{key}={options[key]}: {nearest(options[key], choices)}")
    cells = _in_order(Store(options["store"]).cells())
    if not cells:
        raise ConfigError(f"store={options['store']}: there is nothing in it; python -m runner puts results there")
    asked = [(cell, cell.seeds()) for cell in cells]
    return pivot(asked, options["metric"], options["at"], options["rows"] or None, options["cols"] or None)


if __name__ == "__main__":
    program(main)
