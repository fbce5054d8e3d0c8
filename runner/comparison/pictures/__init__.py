"""A panel's pictures. Each is a file here, and a function of that name, which says how to read it.

matplotlib takes a second to import, so it waits until a picture is drawn.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from runner.comparison.entry import Entry
from runner.comparison.panels import Panel
from runner.comparison.results import Result
from runner.store.record import Record
from runner.store.store import Store
from runner.tasks.metric import in_words, titled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from runner.console.drawing import Look

PICTURES = (
    "against_noise",
    "learning_curves",
    "seed_by_seed",
    "critical_difference",
    "profiles",
    "score_distributions",
    "calibration",
    "after_calibration",
    "selective",
    "class_recall",
    "mean_and_worst",
    "losses",
    "predicted_against_true",
    "residuals",
    "quantile_calibration",
    "estimates",
)
ROWS, COLUMNS = 8, 6  # most that are drawn


class Kept:
    """What stands in the folders of seeds that are done; nothing of packed results, and nothing of lost files."""

    def __init__(self, results: Iterable[Result]):
        self._folders = {each.cell: each.folder for each in results if each.folder}
        self._diagnostics = cache(Record.final_diagnostics)
        self._records: dict[tuple[str, int], Record] = {}

    def rows(self, entry: Entry) -> list[list[dict[str, Any]]]:
        """Of each seed its rows.jsonl."""
        return self._of(entry, Record.rows)

    def diagnostics(self, entry: Entry, name: str) -> list[Any]:
        """Of each seed one item of its portrait.json, of those that are as long as the first."""
        items = [found[name] for found in self._of(entry, self._diagnostics) if found.get(name)]
        return [item for item in items if len(item) == len(items[0])]

    def class_counts(self, entry: Entry) -> list[list[int]]:
        """Of each seed the training examples of each true class."""
        found = self._of(entry, Record.provenance)
        return [counts for each in found if (counts := each.get("train", {}).get("class_counts"))]

    def _of(self, entry: Entry, read: Callable[[Record], Any]) -> list[Any]:
        found = []
        for record in self._done(entry):
            with suppress(OSError, ValueError):  # it was removed, or cut off, since the results were read
                found.append(read(record))
        return found

    def _done(self, entry: Entry) -> list[Record]:
        result = entry.result
        folder = self._folders.get(result.cell) if result else None
        if result is None or folder is None:
            return []
        cell = Store(folder.parents[1]).named(folder.name)
        done = [seed for seed, outcome in result.outcomes.items() if outcome.state == "done"]
        return [self._records.setdefault((result.cell, seed), cell.seed(seed)) for seed in done]


Picture = Callable[[Panel, Kept, float], "Figure | None"]


def picture(name: str) -> Picture:
    """One of PICTURES: a function of (panel, what is kept, level); None where it does not apply. Its docstring says
    what it shows and how to read it."""
    found: Picture = getattr(import_module(f"{__name__}.{name}"), name)
    return found


def pictures(panel: Panel, results: Iterable[Result], level: float = 0.05) -> dict[str, "Figure"]:
    """{name: figure} of all that apply; runner.console.drawing makes files of them.

    Args:
        results: whose folders are looked into; of others only what the panel has is drawn.
        level: of tests; intervals have 1 - level.
    """
    from runner.console.drawing import style

    kept = Kept(results)
    with style():
        made = {name: picture(name)(panel, kept, level) for name in PICTURES}
    return {name: figure for name, figure in made.items() if figure is not None}


def drawn(
    panel: Panel, found: Collection[tuple[str, str]], rows: int = ROWS, columns: int = COLUMNS
) -> tuple[list[str], list[str]]:
    """The rows and columns to draw, at most so many, of those that something was found of: the first columns of the
    panel, and of the rows that `pick` takes."""
    first = [column for column in panel.columns if any(column == its for _, its in found)][:columns]
    return pick(panel, {row for row, column in found if column in first}, rows), first


def pick(panel: Panel, rows: Collection[str], most: int = ROWS) -> list[str]:
    """At most so many of these rows, in the panel's order: the baseline, and the best by their mean rank over columns.

    A row that lacks a column comes after those that lack fewer.
    """
    if len(rows) <= most:
        return [row for row in panel.rows if row in rows]
    places: dict[str, list[float]] = {row: [] for row in rows}
    for column in panel.columns:
        means = {row: panel.entry(row, column).mean for row in rows if panel.entry(row, column).known}
        for row, own in means.items():
            ahead = sum(m > own if panel.declared.higher else m < own for m in means.values())
            level = sum(m == own for m in means.values())
            places[row].append(ahead + (level + 1) / 2)

    def rank(row: str) -> tuple[bool, int, float]:
        had = places[row]
        return row != panel.baseline, len(panel.columns) - len(had), sum(had) / max(len(had), 1)

    best = sorted((row for row in panel.rows if row in rows), key=rank)[:most]
    return [row for row in panel.rows if row in best]


def looks(panel: Panel, rows: Sequence[str]) -> "dict[str, Look]":
    """How each of the rows drawn looks: in all pictures alike if the panel has no more than can be drawn."""
    from runner.console.drawing import LOOKS

    pool = panel.rows if len(panel.rows) <= len(LOOKS) else rows
    order = [panel.baseline, *(row for row in pool if row != panel.baseline)]
    return {row: LOOKS[place % len(LOOKS)] for place, row in enumerate(order)}


def said(
    panel: Panel, what: str, ns: Iterable[int], rows: int, columns: int | None = None, *, counted: bool = True
) -> str:
    """A figure's heading: what it shows, of how many seeds, and how many of the panel's rows and columns are drawn.

    Args:
        counted: is it of the numbers of the panel, and not of what only seeds have that did not diverge?
    """
    seeds = sorted(set(ns))
    parts = [f"{panel.heading}: {what}" if panel.heading else what]
    n = f"{seeds[0]}" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
    parts.append(f"n={n} seed{'s' if n != '1' else ''}")
    if panel.counting:
        parts += panel.counting if counted else ["diverged seeds have none"]
    if rows < len(panel.rows):
        parts.append(f"{rows} of {len(panel.rows)} drawn")
    if columns is not None and columns < len(panel.columns):
        parts.append(f"{columns} of {len(panel.columns)} columns drawn")
    return "; ".join(parts)


def measured(panel: Panel) -> str:
    """The metric with its unit and the epoch it is of."""
    return f"{titled(panel.metric, panel.declared)}, {panel.when.partition(',')[0]}"


def gap_unit(panel: Panel) -> str:
    """The unit of differences of the metric."""
    return "points" if panel.scale == 100 else in_words(panel.metric)
