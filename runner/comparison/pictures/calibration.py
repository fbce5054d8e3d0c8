"""Reliability diagrams: is a network as often right as it is sure?"""

from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from runner.comparison.panels import Panel
from runner.comparison.pictures import Kept, drawn, looks, said
from runner.console.drawing import GREY, headed, keyed, plain
from runner.statistics.values import Array
from runner.tasks.bins import BINS

EDGES = np.linspace(0, 1, BINS + 1)
FEW = 10  # predictions; of fewer in a bin there is no telling how often they are right


def calibration(panel: Panel, kept: Kept, level: float) -> Figure | None:
    """Accuracy against confidence on the test set at the last epoch, and below how often which confidence occurs.

    Predictions of all seeds fall in 15 bins of confidence; a point is the mean confidence and the accuracy of a bin,
    the band one sample standard deviation over seeds of the accuracy to each side. Bins of fewer than ten predictions
    have no point. On the diagonal confidence can be believed; below it the network is too sure, above it not enough.
    """
    return reliability(panel, kept, "reliability", "calibration")


def reliability(panel: Panel, kept: Kept, name: str, what: str) -> Figure | None:
    """A reliability diagram of the final diagnostics of this name; `what` is the heading's first words."""
    found = {place: np.array(seeds) for place, e in panel.entries.items() if (seeds := kept.diagnostics(e, name))}
    rows, columns = drawn(panel, found)
    if not rows:
        return None
    look, handles = looks(panel, rows), {}
    figure = Figure(figsize=(max(1 + 2.4 * len(columns), 5), 4.4), layout="constrained")
    axes = figure.subplots(2, len(columns), squeeze=False, sharex=True, sharey="row", height_ratios=(2.4, 1))
    for column, (upper, lower) in zip(columns, axes.T, strict=True):
        plain(upper, column, xlim=(0, 1.01), ylim=(-0.01, 1.02))
        plain(lower, xlabel="confidence")
        upper.plot([0, 1], [0, 1], color=GREY, lw=0.8, zorder=0)
        for row in rows:
            if (row, column) in found:
                seen, (colour, marker, line) = pooled(found[row, column]), look[row]
                (handles[row],) = upper.plot(
                    seen.confidence, seen.accuracy, color=colour, marker=marker, linestyle=line, markersize=3.5, lw=1.2
                )
                low, high = np.clip([seen.accuracy - seen.sd, seen.accuracy + seen.sd], 0, 1)
                upper.fill_between(seen.confidence, low, high, color=colour, alpha=0.15, lw=0)
                lower.stairs(100 * seen.share, EDGES, color=colour, linestyle=line, lw=1.2)
    axes[0, 0].set_ylabel("accuracy")
    axes[1, 0].set_ylabel("predictions (%)")
    ns = [len(found[row, column]) for row in rows for column in columns if (row, column) in found]
    what += " on the test set at the last epoch, bins pooled over seeds ± sample standard deviation over seeds"
    headed(figure, said(panel, what, ns, len(rows), len(columns), counted=False))
    keyed(figure, handles)
    return figure


class Pooled(NamedTuple):
    """All seeds as one.

    Attributes:
        confidence, accuracy: (B,) of the bins that have enough predictions.
        sd: (B,) the accuracy's sample standard deviation over seeds, 0 for one seed.
        share: (BINS,) of all predictions.
    """

    confidence: Array
    accuracy: Array
    sd: Array
    share: Array


def pooled(seeds: Array) -> Pooled:
    """Of reliability (n, BINS, 3): count, mean confidence and accuracy of each bin."""
    count = seeds[:, :, 0]
    total = count.sum(0)
    there = total >= FEW
    confidence, accuracy = ((count * seeds[:, :, i]).sum(0)[there] / total[there] for i in (1, 2))
    own = [seeds[count[:, b] > 0, b, 2] for b in np.flatnonzero(there)]
    sd = np.array([each.std(ddof=1) if each.size > 1 else 0.0 for each in own])
    return Pooled(confidence, accuracy, sd, total / total.sum())
