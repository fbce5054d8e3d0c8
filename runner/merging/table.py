"""Barriers of all pairs of seeds as a table and as a picture."""

from collections.abc import Iterator, Mapping, Sequence
from textwrap import fill

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from runner.console.drawing import LOOKS, headed, keyed, plain
from runner.console.table import Mark, Table, bounds, number
from runner.merging.over_seeds import OverSeeds, over_seeds
from runner.merging.pairs import WAYS, Pair, What
from runner.statistics.values import Array

MEASURES: Mapping[What, tuple[str, int, str]] = {
    "nll": ("cross-entropy (nats)", 1, "z.3f"),
    "accuracy": ("accuracy (points)", 100, "z.1f"),
}
CAPTION = (
    "Barriers between two networks: how far the loss rises, or accuracy falls, on the straight line between "
    "them, beyond the line between the ends. Means over all pairs, with 95% intervals over seeds, each of which may "
    "be in many pairs (jackknife), on one fixed test set; matched: units of one network in the order of those of "
    "the other that they are most like; distance: what matching leaves of the squared distance of the weights, a share"
)

BESIDE = 20  # letters of a cell's name in a line beside its axes


def table(pairs: Sequence[Pair]) -> Table:
    """A row for each cell and measure: before matching, after it, and the difference."""
    header = ["cell", "barrier of", *WAYS.values(), "removed by matching", "distance", "seeds", "pairs"]
    body = [_row(name, its, what) for name, its in _by_cell(pairs).items() for what in MEASURES]
    return Table(f"{CAPTION}.", header, body, label="barriers")


def _row(name: str, its: Sequence[Pair], what: What) -> list[Mark]:
    title, scale, form = MEASURES[what]
    before, after = ({pair.seeds: scale * pair.barrier(what, way) for pair in its} for way in WAYS)
    removed = {seeds: before[seeds] - after[seeds] for seeds in before}
    left = np.mean([pair.distance["matched"] / pair.distance["plain"] for pair in its])
    seeds = {seed for pair in its for seed in pair.seeds}
    found = [_said(over_seeds(values), form) for values in (before, after, removed)]
    return [Mark(text) for text in (name, title, *found, number(float(left), ".2f"), str(len(seeds)), str(len(its)))]


def _said(its: OverSeeds, form: str) -> str:
    return f"{its.mean:{form}} {bounds(its.low, its.high, form)}".strip()


def picture(pairs: Sequence[Pair]) -> Figure:
    """Loss and accuracy along the line, a row of two axes a cell: thin lines of each pair, thick ones their mean."""
    cells = _by_cell(pairs)
    figure = Figure(figsize=(6.5, 0.8 + 2.2 * len(cells)), layout="constrained")
    axes = figure.subplots(len(cells), 2, squeeze=False)
    for (name, its), row in zip(cells.items(), axes, strict=True):
        handles = dict(_drawn(row, its))
        row[0].set_ylabel(fill(name, BESIDE))
    headed(figure, "Networks on the line between two, on test examples: all pairs, and their mean")
    keyed(figure, handles)
    return figure


def _drawn(row: Sequence[Axes], its: Sequence[Pair]) -> Iterator[tuple[str, object]]:
    for (way, title), look in zip(WAYS.items(), LOOKS, strict=False):
        for axis, what in zip(row, MEASURES, strict=True):
            curves = np.array([getattr(pair, what)[way] for pair in its])
            t = np.linspace(0, 1, curves.shape[1])
            plain(axis, xlabel="share of the second network", title=MEASURES[what][0].partition(" (")[0])
            axis.plot(*_as_one(t, curves), color=look.colour, lw=0.4, alpha=0.25)
            (line,) = axis.plot(t, curves.mean(axis=0), color=look.colour, ls=look.line, lw=2)
        yield title, line


def _as_one(t: Array, curves: Array) -> tuple[Array, Array]:
    """Curves (N, P) over t (P,) as a single one with gaps, whose file is far smaller."""
    gap = np.full((len(curves), 1), np.nan)
    return np.tile(np.append(t, np.nan), len(curves)), np.hstack([curves, gap]).ravel()


def _by_cell(pairs: Sequence[Pair]) -> Mapping[str, list[Pair]]:
    found: dict[str, list[Pair]] = {}
    for pair in pairs:
        found.setdefault(pair.cell, []).append(pair)
    return found
