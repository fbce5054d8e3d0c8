"""A line for each row, its mean over seeds, in a band of a sample standard deviation to each side."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from runner.comparison.panels import Panel
from runner.comparison.pictures import drawn, looks, said
from runner.console.drawing import headed, keyed, plain
from runner.statistics.values import Array


def banded(
    panel: Panel, found: Mapping[tuple[str, str], Array], x: Sequence[float], what: str
) -> tuple[Figure, Sequence[Axes]] | None:
    """A figure with axes for each column, which is still to be given its axes' names; None where nothing was found.

    Args:
        found: {(row, column): (n, X) of n seeds}.
        x: X places.
        what: is shown, for the heading.
    """
    rows, columns = drawn(panel, found)
    if not rows:
        return None
    look, handles = looks(panel, rows), {}
    figure = Figure(figsize=(max(1 + 2.4 * len(columns), 5), 3.4), layout="constrained")
    axes = figure.subplots(1, len(columns), squeeze=False, sharey=True)[0]
    for column, axis in zip(columns, axes, strict=True):
        plain(axis, column)
        for row in rows:
            if (row, column) in found:
                seeds, (colour, marker, line) = found[row, column], look[row]
                mean, sd = seeds.mean(0), seeds.std(0, ddof=1) if len(seeds) > 1 else np.zeros(len(x))
                (handles[row],) = axis.plot(
                    x, mean, color=colour, marker=marker, linestyle=line, markersize=3, markevery=5, lw=1.2
                )
                axis.fill_between(x, mean - sd, mean + sd, color=colour, alpha=0.15, lw=0)
    ns = [len(found[row, column]) for row in rows for column in columns if (row, column) in found]
    what += " on the test set at the last epoch, mean ± sample standard deviation over seeds"
    headed(figure, said(panel, what, ns, len(rows), len(columns), counted=False))
    keyed(figure, handles)
    return figure, axes
