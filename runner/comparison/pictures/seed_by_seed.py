"""Differences to the baseline, every seed seen."""

from math import ceil, isnan
from textwrap import fill

import numpy as np
from matplotlib.figure import Figure

from runner.comparison.compare import differences
from runner.comparison.panels import Panel
from runner.comparison.pictures import Kept, drawn, gap_unit, looks, said
from runner.console.drawing import GREY, LETTERS, WIDTH, headed, plain
from runner.statistics.intervals import interval, interval_name
from runner.statistics.values import Array
from runner.tasks.metric import in_words

ACROSS = 3  # axes side by side
HEIGHT = 0.44  # of a row's dots, of 1 from row to row


def seed_by_seed(panel: Panel, kept: Kept, level: float) -> Figure | None:
    """A row's differences to the baseline under the same seed: a dot a seed, in order of size, from bottom to top.

    Under the dots their mean, a black diamond, and its interval. The vertical line is the baseline: where
    the interval stays on one side of it, so would probably other seeds.
    """
    found: dict[tuple[str, str], Array] = {}
    for row in panel.rows:
        for column in panel.columns:
            own = differences(panel.entry(row, column), panel.entry(panel.baseline, column))
            if row != panel.baseline and own.size and not np.isnan(own).any():
                found[row, column] = panel.scale * own
    rows, columns = drawn(panel, {*found, *((panel.baseline, column) for _, column in found)})
    others = [row for row in rows if row != panel.baseline]
    if not others:
        return None
    across, look = min(len(columns), ACROSS), looks(panel, rows)
    down = ceil(len(columns) / across)
    names = [fill(row, WIDTH) for row in others]
    unit = fill(f"difference to {panel.baseline} ({gap_unit(panel)})", WIDTH + 4)
    size = (max(max(map(len, names)) / LETTERS + 2.5 * across, 5), 1 + down * (0.6 + 0.42 * len(others)))
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(down, across, squeeze=False, sharey=True).flatten()
    for axis, column in zip(axes, columns, strict=False):
        plain(axis, column, xlabel=unit, ylim=(len(others) - 0.5, -0.5))
        axis.axvline(0, color=GREY, lw=1, zorder=0)
        for place, row in enumerate(others):
            if (row, column) in found:
                own, look_of = np.sort(found[row, column]), look[row]
                axis.plot(
                    own, place + 0.1 - heights(own.size), linestyle="", alpha=0.8,
                    color=look_of.colour, marker=look_of.marker, markersize=5, markeredgewidth=0,
                )  # fmt: skip
                bounds = interval(own, 1 - level)
                if not isnan(bounds[0]):
                    axis.plot(bounds, [place + 0.28] * 2, color="black", lw=1.4)
                axis.plot(own.mean(), place + 0.28, color="black", marker="D", markersize=4)
    for axis in axes[::across]:
        axis.set_yticks(range(len(others)), names)
    for axis in axes[len(columns) :]:
        axis.remove()
    ns = [found[row, column].size for row in others for column in columns if (row, column) in found]
    what = (
        f"{in_words(panel.metric)}, difference to {panel.baseline} under the same seed: a dot a seed, "
        f"diamond and bar their mean and its {1 - level:.0%} {interval_name(ns, 1 - level)}"
    )
    headed(figure, said(panel, what, ns, len(rows), len(columns)))
    return figure


def heights(n: int) -> Array:
    """(n,) how high the dots of a row stand above its bottom."""
    return np.linspace(0, HEIGHT, n) if n > 1 else np.array([HEIGHT / 2])
