"""A picture of claims that look along a key: each arm against it."""

from collections.abc import Sequence
from textwrap import fill

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from runner.console.drawing import LOOKS, headed, plain
from runner.replication.claim import Claim
from runner.replication.evidence import Evidence
from runner.tasks.metric import titled

ACROSS = 3  # panels beside each other
TALL = 30  # letters along an axes' side


def along(found: Sequence[Evidence[Claim]]) -> Figure | None:
    """Of each claim at its own settings, the mean over seeds of each arm, and a sample standard deviation to each side.

    None where no claim looks along a key and has been measured.
    """
    drawn = [each for each in found if each.asked.places and not each.universe and each.common]
    if not drawn:
        return None
    rows = -(-len(drawn) // ACROSS)
    columns = min(ACROSS, len(drawn))
    figure = Figure(figsize=(3.4 * columns, 3.4 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).flatten()
    for axis, each in zip(axes, drawn, strict=False):
        _panel(axis, each)
    for axis in axes[len(drawn) :]:
        axis.set_visible(False)
    ns = sorted({len(each.common) for each in drawn})
    headed(figure, f"arms of claims along a key, mean and standard deviation over n={' or '.join(map(str, ns))} seeds")
    return figure


def _panel(axis: Axes, each: Evidence[Claim]) -> None:
    claim = each.asked
    key, metric = str(claim.expect["over"]), each.metrics[claim.metric]
    at = np.array(claim.expect["values"], dtype=float)
    plain(axis, claim.about, xlabel=key.removeprefix("calculation."), ylabel=fill(titled(claim.metric, metric), TALL))
    for look, arm in zip(LOOKS, claim.arms, strict=False):
        seeds = np.array([[each.values[claim.metric][arm, where][s] for s in each.common] for where in claim.places])
        sd = seeds.std(1, ddof=1) if seeds.shape[1] > 1 else None
        means = metric.scale * seeds.mean(1)
        axis.errorbar(
            at, means, yerr=None if sd is None else metric.scale * sd,
            color=look.colour, marker=look.marker, linestyle=look.line, label=arm, markersize=4, lw=1.2,
        )  # fmt: skip
    if (at > 0).all() and at.max() > 8 * at.min():
        axis.set_xscale("log")
    axis.legend(frameon=False, fontsize=7)
