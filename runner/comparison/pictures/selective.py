"""Risk-coverage curves: how often are the most confident predictions wrong?"""

import numpy as np
from matplotlib.figure import Figure

from runner.comparison.panels import Panel
from runner.comparison.pictures import Kept, drawn, looks, said
from runner.console.drawing import headed, keyed, plain
from runner.tasks.bins import COVERED


def selective(panel: Panel, kept: Kept, level: float) -> Figure | None:
    """The error rate among the most confident predictions against their share of the test set, at the last epoch.

    Lines are means over seeds, bands one sample standard deviation to each side. A line that falls to 0 on the left is
    of a network that knows what it does not know; a flat one says nothing by its confidence. The mean height of a line
    is about its AURC.
    """
    found = {place: np.array(s) for place, e in panel.entries.items() if (s := kept.diagnostics(e, "selective"))}
    rows, columns = drawn(panel, found)
    if not rows:
        return None
    look, handles = looks(panel, rows), {}
    figure = Figure(figsize=(max(1 + 2.4 * len(columns), 5), 3.4), layout="constrained")
    axes = figure.subplots(1, len(columns), squeeze=False, sharey=True)[0]
    for column, axis in zip(columns, axes, strict=True):
        plain(axis, column, xlim=(0, 100.5), xlabel="most confident predictions (%)")
        for row in rows:
            if (row, column) in found:
                errors, (colour, marker, line) = 100 * found[row, column], look[row]
                mean, sd = errors.mean(0), errors.std(0, ddof=1) if len(errors) > 1 else 0 * errors[0]
                (handles[row],) = axis.plot(
                    COVERED, mean, color=colour, marker=marker, linestyle=line, markersize=3, markevery=5, lw=1.2
                )
                axis.fill_between(COVERED, mean - sd, mean + sd, color=colour, alpha=0.15, lw=0)
    axes[0].set_ylabel("of them wrong (%)")
    ns = [len(found[row, column]) for row in rows for column in columns if (row, column) in found]
    what = (
        "errors of the most confident predictions on the test set at the last epoch, mean ± sample standard deviation"
    )
    headed(figure, said(panel, f"{what} over seeds", ns, len(rows), len(columns), counted=False))
    keyed(figure, handles)
    return figure
