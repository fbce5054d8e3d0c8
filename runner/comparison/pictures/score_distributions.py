"""Score distributions: the share of a row's runs that are better than each threshold."""

import numpy as np
from matplotlib.figure import Figure

from runner.comparison.beyond_means.runs import runs
from runner.comparison.datasets.ranking import unranked
from runner.comparison.panels import Panel
from runner.comparison.pictures import Kept, looks, measured, pick, said
from runner.comparison.pictures.critical_difference import ranked
from runner.console.drawing import headed, keyed, plain
from runner.statistics.stratified.above import band_above, share_above

STEPS = 101  # thresholds


def score_distributions(panel: Panel, kept: Kept, level: float) -> Figure | None:
    """The share of runs, of all seeds and columns, that are better than a threshold, against the threshold.

    A row whose line lies above another's is better at every threshold; the area between them is the difference of their
    means. The band holds each share by itself, and not the whole line: seeds are drawn anew within each column, and
    columns are taken as given (Agarwal et al., 2021). Only rows that have values in every column take part.
    """
    order = ranked(panel)
    if order is None:
        return None
    rows = pick(panel, order.rows)
    way = 1 if panel.declared.higher else -1
    its = {row: way * panel.scale * runs(panel, row) for row in rows}
    its = {row: found for row, found in its.items() if found.size}
    if not its:
        return None
    low, high = min(found.min() for found in its.values()), max(found.max() for found in its.values())
    steps = np.linspace(low, high, STEPS)
    look, handles = looks(panel, rows), {}
    figure = Figure(figsize=(6, 3.6), layout="constrained")
    better = "above" if panel.declared.higher else "below"
    axis = plain(figure.subplots(), xlabel=measured(panel), ylabel=f"share of runs {better}")
    for row, found in its.items():
        colour, _, line = look[row]
        shares = share_above(found, steps)
        (handles[row],) = axis.step(way * steps, shares, where="post", color=colour, linestyle=line, lw=1.4)
        if found.shape[1] > 1:
            axis.fill_between(
                way * steps, *band_above(found, steps, 1 - level), step="post", color=colour, alpha=0.15, lw=0
            )
    axis.set(ylim=(-0.03, 1.03))
    what = f"runs {better} each threshold, over {len(panel.columns)} columns, with {1 - level:.0%} pointwise bands"
    ns = [found.shape[1] for found in its.values()]
    headed(figure, said(panel, "; ".join([what, *unranked(panel, order)]), ns, len(its)))
    keyed(figure, handles)
    return figure
