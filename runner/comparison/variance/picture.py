"""A design as a picture: how much each source makes results differ."""

from math import sqrt

import numpy as np
from matplotlib.figure import Figure

from runner.comparison.pictures import gap_unit, looks
from runner.comparison.variance.design import ALL
from runner.comparison.variance.found import Design
from runner.comparison.variance.tables import AT_ONCE
from runner.console.drawing import GREY, headed, keyed, plain
from runner.statistics.components import component
from runner.tasks.metric import in_words

HEIGHT = 0.6  # of the rows of a source, of 1 from source to source
MOST = 8  # rows that are drawn


def picture(design: Design, level: float) -> Figure:
    """Standard deviations by source, from top to bottom: a mark a row of the tables, with its interval.

    At the top all sources vary at once; in a line below one source alone does, and all others are fixed. Were sources
    to act by themselves, the squares of these would add up to the square of that.
    """
    rows = design.rows[:MOST]
    look, handles = looks(design.panel, rows), {}
    figure = Figure(figsize=(5.5, 1.4 + 0.16 * len(rows) * len(design.sources)), layout="constrained")
    axis = plain(figure.subplots(), xlabel=f"standard deviation ({gap_unit(design.panel)})")
    for place, source in enumerate(design.sources):
        for row, shift in zip(rows, np.linspace(-HEIGHT / 2, HEIGHT / 2, len(rows)), strict=True):
            its = component(design.groups(row, source), 1 - level)
            at = place + shift * (len(rows) > 1)
            axis.plot([sqrt(its.low), sqrt(its.high)], [at, at], color=look[row].colour, lw=1)
            (handles[row],) = axis.plot(
                sqrt(its.variance), at, color=look[row].colour, marker=look[row].marker, markersize=5, linestyle=""
            )
        axis.axhline(place + 0.5, color=GREY, lw=0.4)
    axis.set_yticks(range(len(design.sources)), [AT_ONCE if each == ALL else each for each in design.sources])
    axis.set(ylim=(len(design.sources) - 0.5, -0.5), xlim=(0, None))
    column = "" if design.column == design.panel.metric else f", {design.column}"
    drawn = f"; {len(rows)} of {len(design.rows)} drawn" * (len(rows) < len(design.rows))
    what = f"{in_words(design.panel.metric)}, standard deviation over each source with all others fixed"
    headed(figure, f"{design.panel.heading}{column}: {what}, and its {1 - level:.0%} interval{drawn}")
    keyed(figure, handles)
    return figure
