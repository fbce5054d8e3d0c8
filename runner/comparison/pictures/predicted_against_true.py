"""Predictions of numbers against what is true."""

from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from runner.comparison.panels import Panel
from runner.comparison.pictures import Kept, drawn, looks, said
from runner.console.drawing import GREY, headed, plain
from runner.statistics.values import Array

SIDE = 4  # most rows, and columns


def predicted_against_true(panel: Panel, kept: Kept, level: float) -> Figure | None:
    """The prediction of up to 200 test examples against the true number, at the last epoch, in the target's own unit.

    Each dot is an example, predicted by one seed; all seeds are drawn. On the grey line the prediction is right. A
    cloud that is flatter than the line predicts extremes too near the middle.
    """

    def draw(axis: Axes, true: Array, predicted: Array, colour: str) -> None:
        ends = [true.min(), true.max()]
        axis.plot(ends, ends, color=GREY, lw=0.8, zorder=0)
        axis.scatter(true, predicted, s=4, color=colour, alpha=0.3, lw=0)

    return grid(panel, kept, draw, ("true", "predicted"), "predictions against true numbers of the test set")


Draw = Callable[[Axes, Array, Array, str], None]


def grid(panel: Panel, kept: Kept, draw: Draw, labels: tuple[str, str], what: str) -> Figure | None:
    """A picture a row and column, of the true numbers and their predictions of all seeds.

    Args:
        draw: draws both on an axes in a colour.
        labels: below, and beside.
        what: is shown, for the heading.
    """
    found: Mapping[tuple[str, str], Array] = {
        place: np.array(seeds) for place, e in panel.entries.items() if (seeds := kept.diagnostics(e, "predicted"))
    }
    rows, columns = drawn(panel, found, SIDE, SIDE)
    if not rows:
        return None
    look = looks(panel, rows)
    figure = Figure(figsize=(max(1 + 2 * len(columns), 5), 1 + 1.8 * len(rows)), layout="constrained")
    axes = figure.subplots(len(rows), len(columns), squeeze=False, sharex="col", sharey="col")
    for (down, across), axis in np.ndenumerate(axes):
        plain(axis, columns[across] if down == 0 else "", xlabel=labels[0] if down == len(rows) - 1 else "")
        place = rows[down], columns[across]
        if place in found:
            draw(axis, found[place][..., 0].ravel(), found[place][..., 1].ravel(), look[rows[down]].colour)
    for axis, row in zip(axes[:, 0], rows, strict=True):
        axis.set_ylabel(f"{row}\n{labels[1]}")
    ns = [len(seeds) for (row, column), seeds in found.items() if row in rows and column in columns]
    headed(figure, said(panel, f"{what} at the last epoch, all seeds", ns, len(rows), len(columns), counted=False))
    return figure
