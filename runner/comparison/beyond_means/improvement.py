"""Every row against every other: how probably is a run of one better than one of the other?"""

from itertools import combinations

from runner.comparison.beyond_means.runs import runs
from runner.comparison.caption import caption
from runner.comparison.datasets.ranking import ranking, unranked
from runner.comparison.notes.origins import notes
from runner.comparison.panels import Panel
from runner.console.table import Mark, Table, bounds, number
from runner.statistics.stratified.improvement import improvement, improvement_interval


def improvements(panel: Panel, level: float = 0.05) -> Table:
    """rliable's probability of improvement of each pair of rows that have a mean in every column: first the better."""
    order = ranking(panel)
    way = 1 if panel.declared.higher else -1
    its = {row: way * runs(panel, row) for row in order.rows}
    body = []
    for pair in combinations(order.rows, 2):
        first, second = pair if not improvement(*(its[row] for row in pair)) < 0.5 else pair[::-1]
        ours, theirs = its[first], its[second]
        low, high = improvement_interval(ours, theirs, 1 - level)
        n = dict.fromkeys(str(each.shape[1]) for each in (ours, theirs))
        cells = [first, second, number(improvement(ours, theirs), ".2f"), bounds(low, high, ".2f") or "-", ", ".join(n)]
        body.append([Mark(cell) for cell in cells])
    columns = f"{len(panel.columns)} column{'s' * (len(panel.columns) != 1)}"
    title = f"{panel.named} {panel.when}, probability of improvement over {columns}"
    marks = [
        "P: that a run of the row is better than one of the other, each run against each of the same column, ties half",
        f"interval: {1 - level:.0%} percentile bootstrap, seeds drawn anew within each column; no correction for pairs",
    ]
    words = caption(title, marks * bool(body), [*unranked(panel, order), *panel.counting, *notes(panel)])
    return Table(words, ["", "other", "P", "interval", "n"], body, label=f"{panel.metric}-improvement")
