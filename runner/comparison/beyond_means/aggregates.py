"""Every row in one number over all columns: means, medians, interquartile means, optimality gaps."""

from math import isfinite

from runner.comparison.beyond_means.runs import runs, trimmed
from runner.comparison.caption import caption
from runner.comparison.datasets.ranking import ranking, unranked
from runner.comparison.notes.origins import notes
from runner.comparison.panels import Panel
from runner.console.table import Mark, Table, bounds, number
from runner.statistics.stratified.aggregates import (
    Aggregate,
    aggregate,
    aggregate_interval,
    interquartile_mean,
    mean_of_means,
    median_of_means,
    optimality_gap,
)
from runner.statistics.values import Array


def aggregates(panel: Panel, level: float = 0.05, gamma: float | None = None) -> Table:
    """rliable's aggregates with their intervals, of rows that have a mean in every column.

    Args:
        gamma: what is good enough, as shown: points of a share. By default the best that the metric can be.
    """
    order = ranking(panel)
    target = _target(panel, gamma)
    named: dict[str, Aggregate] = {"mean": mean_of_means, "median": median_of_means, "IQM": interquartile_mean}
    body = []
    for row in order.rows:
        its = runs(panel, row)
        cells = [_cell(panel, level, each, its) for each in named.values()]
        if target is not None:
            way = 1 if panel.declared.higher else -1
            cells.append(_cell(panel, level, optimality_gap(way * target), way * its))
        body.append([Mark(cell) for cell in (row, *cells, str(its.shape[1]))])
    columns = f"{len(panel.columns)} column{'s' * (len(panel.columns) != 1)}"
    marks = [
        "mean, median: of the means of columns",
        "IQM: mean of all runs without the best and the worst quarter",
        f"in brackets: {1 - level:.0%} percentile bootstrap interval, seeds drawn anew within each column",
    ]
    if target is not None:
        marks.insert(2, f"gap: what runs lack in the mean to gamma={panel.scale * target:g}, less is better")
    remarks = [*trimmed(panel, order.rows), *unranked(panel, order), *panel.counting, *notes(panel)]
    words = caption(f"{panel.named} {panel.when}, over {columns}", marks * bool(body), remarks)
    header = ["", *named, *["gap"] * (target is not None), "n"]
    return Table(words, header, body, label=f"{panel.metric}-aggregates")


def _target(panel: Panel, gamma: float | None) -> float | None:
    """Gamma in the unit of the values; None where none is said and the metric has no best value."""
    best = panel.declared.high if panel.declared.higher else panel.declared.low
    if gamma is not None:
        return gamma / panel.scale
    return best if isfinite(best) else None


def _cell(panel: Panel, level: float, of: Aggregate, its: Array) -> str:
    form = f".{panel.digits}f"
    low, high = (panel.scale * bound for bound in aggregate_interval(of, its, 1 - level))
    return f"{number(panel.scale * aggregate(of, its), form)} {bounds(low, high, form)}".rstrip()
