"""Risk-coverage curves: how often are the most confident predictions wrong?"""

import numpy as np
from matplotlib.figure import Figure

from runner.comparison.panels import Panel
from runner.comparison.pictures import Kept
from runner.comparison.pictures._banded import banded
from runner.tasks.bins import COVERED


def selective(panel: Panel, kept: Kept, level: float) -> Figure | None:
    """The error rate among the most confident predictions against their share of the test set, at the last epoch.

    Lines are means over seeds, bands one sample standard deviation to each side. A line that falls to 0 on the left is
    of a network that knows what it does not know; a flat one says nothing by its confidence. The mean height of a line
    is about its AURC.
    """
    found = {place: 100 * np.array(s) for place, e in panel.entries.items() if (s := kept.diagnostics(e, "selective"))}
    made = banded(panel, found, COVERED, "errors of the most confident predictions")
    if made is None:
        return None
    figure, axes = made
    for axis in axes:
        axis.set(xlim=(0, 100.5), xlabel="most confident predictions (%)")
    axes[0].set_ylabel("of them wrong (%)")
    return figure
