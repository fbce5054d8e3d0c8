"""Is a number as often below a predicted quantile as the quantile says?"""

import numpy as np
from matplotlib.figure import Figure

from runner.comparison.panels import Panel
from runner.comparison.pictures import Kept
from runner.comparison.pictures._banded import banded
from runner.console.drawing import GREY
from runner.statistics.values import Array
from runner.tasks.bins import PIT_BINS

LEVELS = np.linspace(0, 1, PIT_BINS + 1)


def quantile_calibration(panel: Panel, kept: Kept, level: float) -> Figure | None:
    """The share of test targets below each predicted quantile against its level, where distributions are predicted.

    Lines are means over seeds, bands one sample standard deviation to each side, at the last epoch. On the diagonal
    quantiles can be believed. An S that is flat in the middle is of distributions that are too narrow.
    """
    found = {place: below(np.array(s)) for place, e in panel.entries.items() if (s := kept.diagnostics(e, "pit"))}
    made = banded(panel, found, LEVELS.tolist(), "calibration of quantiles")
    if made is None:
        return None
    figure, axes = made
    for axis in axes:
        axis.plot([0, 1], [0, 1], color=GREY, lw=0.8, zorder=0)
        axis.set(xlim=(0, 1), ylim=(0, 1), xlabel="level of the quantile")
    axes[0].set_ylabel("targets below it")
    return figure


def below(counts: Array) -> Array:
    """(n, PIT_BINS + 1) shares of targets below each level, from counts (n, PIT_BINS)."""
    return np.pad(counts.cumsum(1) / counts.sum(1, keepdims=True), ((0, 0), (1, 0)))
