"""Is a number as often below a predicted quantile as the quantile says?"""

import numpy as np
from matplotlib.figure import Figure

from runner.comparison.panels import Panel
from runner.comparison.pictures import Kept, drawn, looks, said
from runner.console.drawing import GREY, headed, keyed, plain
from runner.tasks.bins import PIT_BINS

LEVELS = np.linspace(0, 1, PIT_BINS + 1)


def quantile_calibration(panel: Panel, kept: Kept, level: float) -> Figure | None:
    """The share of test targets below each predicted quantile against its level, where distributions are predicted.

    Lines are means over seeds, bands one sample standard deviation to each side, at the last epoch. On the diagonal
    quantiles can be believed. An S that is flat in the middle is of distributions that are too narrow.
    """
    found = {place: np.array(s) for place, e in panel.entries.items() if (s := kept.diagnostics(e, "pit"))}
    rows, columns = drawn(panel, found)
    if not rows:
        return None
    look, handles = looks(panel, rows), {}
    figure = Figure(figsize=(max(1 + 2.4 * len(columns), 5), 3.4), layout="constrained")
    axes = figure.subplots(1, len(columns), squeeze=False, sharey=True)[0]
    for column, axis in zip(columns, axes, strict=True):
        plain(axis, column, xlim=(0, 1), ylim=(0, 1), xlabel="level of the quantile")
        axis.plot([0, 1], [0, 1], color=GREY, lw=0.8, zorder=0)
        for row in rows:
            if (row, column) in found:
                counts, (colour, marker, line) = found[row, column], look[row]
                below = np.pad(counts.cumsum(1) / counts.sum(1, keepdims=True), ((0, 0), (1, 0)))
                mean, sd = below.mean(0), below.std(0, ddof=1) if len(below) > 1 else 0 * below[0]
                (handles[row],) = axis.plot(
                    LEVELS, mean, color=colour, marker=marker, linestyle=line, markersize=3, markevery=5, lw=1.2
                )
                axis.fill_between(LEVELS, mean - sd, mean + sd, color=colour, alpha=0.15, lw=0)
    axes[0].set_ylabel("targets below it")
    ns = [len(found[row, column]) for row in rows for column in columns if (row, column) in found]
    what = "calibration of quantiles on the test set at the last epoch, mean ± sample standard deviation over seeds"
    headed(figure, said(panel, what, ns, len(rows), len(columns), counted=False))
    keyed(figure, handles)
    return figure
