"""Recall of every class, from the one with the most training examples to the one with the fewest."""

import numpy as np
from matplotlib.figure import Figure

from runner.comparison.panels import Panel
from runner.comparison.pictures import Kept, drawn, looks, said
from runner.console.drawing import headed, keyed, plain
from runner.statistics.values import Array

NAMED = 12  # classes, up to which each has its number and size below the axis; of more only the first and the last


def class_recall(panel: Panel, kept: Kept, level: float) -> Figure | None:
    """The share of each class's test examples that is predicted right at the last epoch, where classes are imbalanced.

    Classes stand in order of their training examples, the largest first. Lines are means over seeds, bands reach from
    the lowest seed to the highest. A line that falls to the right has learnt the frequent classes and not the rare.
    """
    results = [entry.result for entry in panel.entries.values() if entry.result]
    if not any(float(result.settings.get("imbalance") or 1) > 1 for result in results):
        return None
    found = {
        place: np.array(s, dtype=float) for place, e in panel.entries.items() if (s := kept.diagnostics(e, "recall"))
    }
    sizes = {column: size for column in panel.columns if (size := _sizes(panel, kept, column)) is not None}
    found = {(row, c): seeds for (row, c), seeds in found.items() if c in sizes and seeds.shape[1] == sizes[c].size}
    rows, columns = drawn(panel, found)
    if not rows:
        return None
    look, handles = looks(panel, rows), {}
    figure = Figure(figsize=(max(1 + 2.8 * len(columns), 5), 3.6), layout="constrained")
    axes = figure.subplots(1, len(columns), squeeze=False, sharey=True)[0]
    for axis, column in zip(axes, columns, strict=True):
        size = sizes[column]
        order = np.argsort(-size, kind="stable")
        plain(axis, column, ylim=(-3, 103), xlabel="class, and below it its training examples")
        ticks = range(size.size) if size.size <= NAMED else (0, size.size - 1)
        axis.set_xticks(ticks, [f"{order[x]}\n{size[order[x]]:.0f}" for x in ticks], size=7)
        for row in rows:
            if (row, column) in found:
                seeds = 100 * found[row, column][:, order]
                there = ~np.isnan(seeds).any(axis=0)  # what occurs in the test set does so for every seed
                x, seeds = np.flatnonzero(there), seeds[:, there]
                colour, marker, line = look[row]
                (handles[row],) = axis.plot(
                    x, seeds.mean(0), color=colour, marker=marker, linestyle=line, markersize=3.5, lw=1.2
                )
                axis.fill_between(x, seeds.min(0), seeds.max(0), color=colour, alpha=0.12, lw=0)
    axes[0].set_ylabel("test recall (%)")
    ns = [len(found[row, column]) for row in rows for column in columns if (row, column) in found]
    what = "recall of every class at the last epoch, mean and range over seeds, largest class of the training set first"
    headed(figure, said(panel, what, ns, len(rows), len(columns), counted=False))
    keyed(figure, handles)
    return figure


def _sizes(panel: Panel, kept: Kept, column: str) -> Array | None:
    """(K,) training examples of each class, in the mean over seeds; None where it is not known, or rows differ in K."""
    counts = [own for row in panel.rows for own in kept.class_counts(panel.entry(row, column))]
    return np.array(counts).mean(0) if len({len(own) for own in counts}) == 1 else None
