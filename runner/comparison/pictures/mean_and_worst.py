"""The mean accuracy against the accuracy of the environment or group that does worst."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from runner.comparison.entry import Entry
from runner.comparison.panels import Panel
from runner.comparison.pictures import Kept, drawn, looks, said
from runner.console.drawing import GREY, headed, keyed, plain
from runner.statistics.values import Array

MEAN = "test/accuracy"
WORST = {"test/worst_group_accuracy": "group", "test/worst_domain_accuracy": "environment"}


def mean_and_worst(panel: Panel, kept: Kept, level: float) -> Figure | None:
    """The accuracy on all test examples and that of the worst group of one class in one environment, of each seed.

    With metric=test/worst_domain_accuracy it is the worst environment, of all classes. Small points are seeds; large
    ones are means over seeds, and bars a sample standard deviation to each side. The grey line is the front: a row
    below and to the left of it has another one that is better at both. Up is better for who does worst, right for the
    mean; who pays for a better mean is seen as a fall.
    """
    worst = panel.metric if panel.metric in WORST else next(iter(WORST))
    found = {place: pairs for place, e in panel.entries.items() if len(pairs := _pairs(e, panel.at, worst))}
    rows, columns = drawn(panel, found)
    if not rows:
        return None
    look, handles = looks(panel, rows), {}
    figure = Figure(figsize=(max(1 + 3.2 * len(columns), 5), 4), layout="constrained")
    for axis, column in zip(figure.subplots(1, len(columns), squeeze=False)[0], columns, strict=True):
        plain(axis, column, xlabel="test accuracy (%)")
        own = {row: 100 * found[row, column] for row in rows if (row, column) in found}
        _front(axis, np.array([pairs.mean(0) for pairs in own.values()]))
        for row, pairs in own.items():
            colour, marker, _ = look[row]
            axis.plot(*pairs.T, color=colour, marker=marker, markersize=3, lw=0, alpha=0.4)
            sd = pairs.std(0, ddof=1) if len(pairs) > 1 else np.zeros(2)
            handles[row] = axis.errorbar(
                *pairs.mean(0), xerr=sd[0], yerr=sd[1], color=colour, marker=marker, markersize=7, lw=1
            )
    figure.axes[0].set_ylabel(f"test accuracy, worst {WORST[worst]} (%)")
    ns = [len(found[row, column]) for row in rows for column in columns if (row, column) in found]
    what = f"mean accuracy against that of the worst {WORST[worst]}, seeds, their mean and standard deviation"
    headed(figure, said(panel, what, ns, len(rows), len(columns), counted=False))
    keyed(figure, handles)
    return figure


def _pairs(entry: Entry, at: str, worst: str) -> Array:
    """(S, 2) of seeds that are done and have both."""
    outcomes = entry.result.outcomes.values() if entry.result else ()
    seeds = [outcome.rows.get(at, {}) for outcome in outcomes if outcome.state == "done"]
    return np.array([(row[MEAN], row[worst]) for row in seeds if MEAN in row and worst in row], dtype=float)


def _front(axis: Axes, means: Array) -> None:
    """A staircase through those of the means (R, 2) than which none is better at both."""
    best = means[[not ((means > own).any(1) & (means >= own).all(1)).any() for own in means]]
    axis.plot(*best[np.argsort(best[:, 0])].T, color=GREY, lw=1, drawstyle="steps-pre", zorder=0)
