"""Performance profiles: how often a row is how far behind."""

import numpy as np
from matplotlib.figure import Figure

from runner.comparison.datasets.ranking import unranked
from runner.comparison.panels import Panel
from runner.comparison.pictures import Kept, gap_unit, looks, measured, pick, said
from runner.comparison.pictures.critical_difference import ranked
from runner.console.drawing import headed, keyed, plain
from runner.statistics.profiles import performance_profile
from runner.statistics.values import on_paper


def profiles(panel: Panel, kept: Kept, level: float) -> Figure | None:
    """The share of columns in which a row's mean is within a gap of the column's best mean, against the gap.

    At gap 0 stands how often a row is best, and where its line reaches 1 how far behind it ever is; higher is better.
    Only rows that have values in every column take part; the best is that of all of them, also if it is not drawn.
    """
    order = ranked(panel)
    if order is None:
        return None
    objectives = len(order.rows)
    scores = panel.scale * (order.scores if panel.declared.higher else -order.scores)
    rows = pick(panel, order.rows)
    places = [order.rows.index(row) for row in rows]
    gaps = on_paper(scores.max(axis=1, keepdims=True) - scores)
    steps = np.unique(np.append(gaps[:, places], 0.0))
    shares = performance_profile(scores, steps)
    end = 1.05 * steps[-1] or 1.0
    look, handles = looks(panel, rows), {}
    figure = Figure(figsize=(6, 3.6), layout="constrained")
    axis = plain(
        figure.subplots(), xlabel=f"gap to the best of a column ({gap_unit(panel)})", ylabel="share of columns"
    )
    for row, place in zip(rows, places, strict=True):
        colour, marker, line = look[row]
        x, y = np.append(steps, end), np.append(shares[place], shares[place, -1])
        (handles[row],) = axis.step(x, y, where="post", color=colour, linestyle=line, lw=1.4)
        own = np.searchsorted(steps, np.unique(gaps[:, place]))  # where it rises
        axis.plot(steps[own], shares[place, own], color=colour, marker=marker, markersize=4, linestyle="")
    axis.set(ylim=(-0.03, 1.03), xlim=(-0.02 * end, end))
    ns = [panel.entry(row, column).n for row in rows for column in panel.columns]
    what = f"performance profiles of {measured(panel)}, means over seeds, over {order.over}, of {objectives} rows"
    what = "; ".join([what, *unranked(panel, order)])
    headed(figure, said(panel, what, ns, len(rows)))
    keyed(figure, handles)
    return figure
