"""The metric against the share of wrong labels, against imbalance, or against a divergence at which it is compared."""

from math import ceil

import numpy as np
from matplotlib.figure import Figure

from runner.comparison.panels import Panel
from runner.comparison.pictures import Kept, looks, measured, pick, said
from runner.console.drawing import headed, keyed, plain
from runner.statistics.intervals import interval, interval_name

ACROSS = 3  # axes side by side
SWEPT = {  # the first that varies is what the metric is drawn against
    "test/kl": "divergence from the reference (nats)",  # of equal=
    "noise": "noise, share of labels",
    "imbalance": "imbalance, largest class over smallest",
}


def against_noise(panel: Panel, kept: Kept, level: float) -> Figure | None:
    """The mean over seeds against noise, a line a row, bars its interval; imbalance if noise does not vary; and of
    equal=test/kl=0.5|1 against the divergence from the reference, which is a front of what is got for how much.

    One axes for each combination of what else makes the columns. A line that stays up is an objective that noise does
    not harm; intervals of two rows that overlap say little, since seeds are paired: see the differences.
    """
    key, groups = _swept(panel)
    columns = [column for group in groups.values() for column in group.values()]
    rows = pick(panel, [row for row in panel.rows if any(panel.entry(row, column).known for column in columns)])
    if not rows:
        return None
    across, look, handles = min(len(groups), ACROSS), looks(panel, rows), {}
    down = ceil(len(groups) / across)
    figure = Figure(figsize=(max(1 + 2.6 * across, 5), 1.1 + 2.3 * down), layout="constrained")
    axes = figure.subplots(down, across, squeeze=False).flatten()
    for axis, (name, group) in zip(axes, groups.items(), strict=False):
        plain(axis, name, xlabel=SWEPT[key], xscale="log" if key == "imbalance" else "linear")
        if key == "imbalance":
            axis.set_xticks(list(group), [f"{x:g}" for x in group])
            axis.minorticks_off()
        for row in rows:
            there = {x: panel.entry(row, column) for x, column in group.items() if panel.entry(row, column).known}
            means = panel.scale * np.array([entry.mean for entry in there.values()])
            bounds = [interval(list(entry.values.values()), 1 - level) for entry in there.values()]
            reach = panel.scale * np.array(bounds).reshape(-1, 2).T
            bars = np.nan_to_num(np.abs(reach - means))  # one seed has no interval
            colour, marker, line = look[row]
            handles[row] = axis.errorbar(
                list(there), means, bars, color=colour, marker=marker, linestyle=line, markersize=4, capsize=2, lw=1.2
            )
    for axis in axes[::across]:
        axis.set_ylabel(measured(panel).partition(",")[0])
    for axis in axes[len(groups) :]:
        axis.remove()
    ns = [its.n for row in rows for column in columns if (its := panel.entry(row, column)).known]
    what = f"{measured(panel)}, mean and {1 - level:.0%} {interval_name(ns, 1 - level)} over seeds"
    headed(figure, said(panel, what, ns, len(rows)))
    keyed(figure, handles)
    return figure


def _swept(panel: Panel) -> tuple[str, dict[str, dict[float, str]]]:
    """The key that varies, and {the rest of a column's name: {value of that key: column}}."""
    for key in SWEPT:
        groups: dict[str, dict[float, str]] = {}
        for column in panel.columns:
            parts = column.split(", ")
            for part in parts:
                if part.startswith(f"{key}="):
                    rest = ", ".join(other for other in parts if other != part)
                    groups.setdefault(rest, {})[float(part.partition("=")[2])] = column
        several = {rest: dict(sorted(group.items())) for rest, group in groups.items() if len(group) > 1}
        if several:
            return key, several
    return "", {}
