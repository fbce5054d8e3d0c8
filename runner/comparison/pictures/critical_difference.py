"""A critical-difference diagram: who ranks where over all data sets, and who cannot be told apart."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from runner.comparison.datasets.ranking import Ranking, few_sets, ranking, tested, unranked
from runner.comparison.panels import Panel
from runner.comparison.pictures import Kept, measured, pick, said
from runner.console.drawing import GREY, LETTERS, headed
from runner.statistics.ranks import cliques, nemenyi_distance, wilcoxon_holm
from runner.statistics.values import Array

MOST = 24  # rows that are drawn
REACH = 0.06  # of names beyond the axis, which is 1 long
STEP = 0.5  # between labels, and half as much between bars


def critical_difference(panel: Panel, kept: Kept, level: float) -> Figure | None:
    """Mean ranks over data sets, 1 is best. Rows that a thick bar joins cannot be told apart.

    A rank on a data set is the mean over its columns. Told apart is what Wilcoxon's signed-rank test over data sets
    says, Holm-corrected for all pairs of rows (Benavoli et al., 2016). It takes data sets to be independent, and
    differences to be alike in size on all of them. Of a single data set there is no diagram. The ruler above is the
    distance of two ranks from which on Nemenyi's test, which Demsar (2006) drew, tells them apart. Only rows that have
    values in every column take part, all of them, also those that are not drawn.
    """
    order = ranked(panel)
    if order is None or len(order.sets) < 2:
        return None
    problems, objectives = order.by_set.shape
    rows = pick(panel, order.rows, MOST)
    places = [order.rows.index(row) for row in rows]
    ranks = order.ranks[places]
    apart = wilcoxon_holm(order.means)[np.ix_(places, places)] <= level
    distance = nemenyi_distance(objectives, problems, level)
    width = max(4 + 2 * (max(map(len, rows)) + 6) / LETTERS, 6.5)
    figure = Figure(figsize=(width, 1.7 + 0.13 * len(rows)), layout="constrained")
    axis = figure.subplots()
    end = max(float(np.ceil(ranks.max())), 2.0)
    groups = [[ranks[member] for member in group] for group in cliques(ranks, apart)]
    _scale(axis, end)
    _ruler(axis, distance, end, level)
    for i, group in enumerate(groups):
        y, overhang = -STEP / 2 * (i + 1), 0.006 * (end - 1)
        axis.plot(
            [group[0] - overhang, group[-1] + overhang], [y, y], color="black", lw=4, solid_capstyle="butt", label="bar"
        )
    _names(axis, rows, ranks, end, top=-STEP / 2 * (len(groups) + 2))
    what = (
        f"average ranks of {measured(panel)}, over {order.over}, of O={objectives} rows; "
        f"{tested(order, level)[0]}; bars: not told apart by Wilcoxon's test over data sets, Holm-corrected for "
        f"{order.pairs} pairs, level {level:g}; assumed: data sets are independent, and differences on them alike in "
        "size"
    )
    what = "; ".join([what, *few_sets(order, level), *unranked(panel, order)])
    ns = [panel.entry(row, column).n for row in rows for column in panel.columns]
    headed(figure, said(panel, what, ns, len(rows)))
    return figure


def ranked(panel: Panel) -> Ranking | None:
    """The ranking, where there are rows and columns enough for one, and no mean is out of all bounds."""
    order = ranking(panel)
    return order if order.telling and np.isfinite(order.scores).all() else None


def _scale(axis: Axes, end: float) -> None:
    """The axis of ranks, at 0; everything else stands below."""
    axis.set_xlim(1 - REACH * (end - 1), end + REACH * (end - 1))
    axis.spines[:].set_visible(False)
    axis.set_yticks([])
    axis.xaxis.set_visible(False)
    axis.plot([1, end], [0, 0], color="black", lw=1)
    for tick in np.arange(1, end + 1, max(1, int(end // 10))):
        axis.plot([tick, tick], [0, 0.12], color="black", lw=1)
        axis.text(tick, 0.2, f"{tick:g}", ha="center", va="bottom")
    axis.text(end + 0.03 * (end - 1), 0.2, "average rank,\n1 is best", ha="left", va="bottom", size=8)


def _ruler(axis: Axes, distance: float, end: float, level: float) -> None:
    words = f"Nemenyi's distance {distance:.2f}"
    if distance > end - 1:
        words += ", longer than this axis"
    else:
        axis.plot([1, 1 + distance], [1, 1], color=GREY, lw=1.5, marker="|", label="Nemenyi")
    axis.text(1, 1.15, f"{words} (level {level:g})", ha="left", va="bottom", size=8)
    axis.set_ylim(top=1.8)


def _names(axis: Axes, rows: list[str], ranks: Array, end: float, top: float) -> None:
    """Names beside the axis, the better half on the left, joined to their ranks by lines that do not cross."""
    order = np.argsort(ranks, kind="stable")
    half = (len(order) + 1) // 2
    reach = REACH * (end - 1)
    for side, edge, members in (("right", 1 - reach, order[:half]), ("left", end + reach, order[half:][::-1])):
        for i, member in enumerate(members):
            y, x = top - STEP * i, ranks[member]
            axis.plot([x, x, edge], [0, y, y], color="black", lw=0.8, label=rows[member])
            words = f"{rows[member]}  {x:.2f} " if side == "right" else f" {x:.2f}  {rows[member]}"
            axis.text(edge, y, words, ha=side, va="center")
    axis.set_ylim(bottom=top - STEP * half)
