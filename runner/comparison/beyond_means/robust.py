"""Every row against the baseline where seeds collapse: medians, which these do not move, and how many there are."""

from math import nan

import numpy as np

from runner.comparison.caption import caption
from runner.comparison.compare import Comparison, against_baseline, gaps
from runner.comparison.panels import Panel
from runner.console.table import Mark, Table, bounds, number
from runner.statistics.collapses import far
from runner.statistics.medians import median_interval


def robust(panel: Panel, level: float = 0.05) -> Table:
    """The median difference with an interval, wins, and the share of seeds that are far from the rest."""
    found = against_baseline(panel, level)
    body = [[Mark(cell) for cell in _line(panel, each, level)] for each in found]
    points = ", in points" if panel.scale == 100 else ""
    title = f"{panel.named} {panel.when}, median difference to {panel.baseline} under the same seed{points}"
    marks = [
        "interval: of the sign test, whatever the scatter",
        "far: seeds far from the rest, of all",
    ]
    header = ["", "", "median", f"{1 - level:.0%} interval", "wins", "far"]
    return Table(caption(title, marks, panel.counting), header, body, label=f"{panel.metric}-robust")


def _line(panel: Panel, each: Comparison, level: float) -> list[str]:
    x = gaps(panel, each)
    middle = float(np.median(x)) if x.size else nan
    low, high = median_interval(x, 1 - level)
    scale, digits = panel.scale, panel.digits
    return [
        each.row,
        each.column if len(panel.columns) > 1 else "",
        number(scale * middle, f"+.{digits}f"),
        bounds(scale * low, scale * high, f"+.{digits}f") or "-",
        number(each.wins, ".0%"),
        f"{far(x)} of {x.size}",
    ]
