"""Estimates of mutual information against the information itself."""

from math import log
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from runner.comparison.panels import Panel
from runner.comparison.pictures import Kept, looks, measured, pick, said
from runner.console.drawing import headed, keyed, plain
from runner.statistics.intervals import interval, interval_name


def estimates(panel: Panel, kept: Kept, level: float) -> Figure | None:
    """The mean estimate over seeds against the information, a line a row, bars its interval.

    A point on the dashed diagonal is right, one below it too small. The dotted line is the logarithm of the number of
    pairs that an evaluation compares, which InfoNCE cannot exceed. Drawn of test/estimate, where columns differ in
    their information.
    """
    truth = {column: its for column in panel.columns if (its := panel.optimum(column)) is not None}
    rows = pick(panel, [row for row in panel.rows if any(panel.entry(row, column).known for column in truth)])
    if panel.declared.name != "estimate" or len({*truth.values()}) < 2 or not rows:
        return None
    columns, look = sorted(truth, key=lambda column: truth[column]), looks(panel, rows)
    handles: dict[str, Any] = {}
    figure = Figure(figsize=(5, 3.6), layout="constrained")
    axis = plain(figure.subplots(), "", xlabel="information (nats)", ylabel=measured(panel).partition(",")[0])
    ends = [truth[columns[0]], truth[columns[-1]]]
    (handles["the information"],) = axis.plot(ends, ends, color="0.5", linestyle="--", lw=0.8)
    for block in sorted(_blocks(panel)):
        handles[f"log {block}"] = axis.axhline(log(block), color="0.5", linestyle=":", lw=0.8)
    for row in rows:
        there = {truth[column]: panel.entry(row, column) for column in columns if panel.entry(row, column).known}
        means = np.array([entry.mean for entry in there.values()])
        reach = np.array([interval(list(entry.values.values()), 1 - level) for entry in there.values()]).T
        colour, marker, line = look[row]
        handles[row] = axis.errorbar(
            list(there), means, np.nan_to_num(np.abs(reach - means)), color=colour, marker=marker, linestyle=line,
            markersize=4, capsize=2, lw=1.2,
        )  # fmt: skip
    ns = [entry.n for row in rows for column in columns if (entry := panel.entry(row, column)).known]
    what = f"{measured(panel)}, mean and {1 - level:.0%} {interval_name(ns, 1 - level)} over seeds"
    headed(figure, said(panel, what, ns, len(rows)))
    keyed(figure, handles)
    return figure


def _blocks(panel: Panel) -> set[int]:
    """How many pairs evaluations compare."""
    results = [entry.result for entry in panel.entries.values() if entry.result]
    return {int(block) for each in results if (block := each.settings.get("method.block"))}
