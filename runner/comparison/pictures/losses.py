"""How large the losses of right and of wrong training labels are."""

from textwrap import fill

import numpy as np
from matplotlib.figure import Figure

from runner.comparison.panels import Panel
from runner.comparison.pictures import Kept, drawn, said
from runner.console.drawing import BLUE, ORANGE, headed, keyed, plain
from runner.statistics.values import Array
from runner.tasks.bins import LOSS_EDGES

SIDE = 4  # most rows, and columns
KINDS = {"clean_losses": "label is right", "flipped_losses": "label is wrong"}


def losses(panel: Panel, kept: Kept, level: float) -> Figure | None:
    """The cross-entropy of the given label at the last epoch, of training examples whose label is right and is wrong.

    Each kind is shown as shares of its own number, all seeds together. Two separate hills: the wrong labels can be told
    by their loss, and were not fitted; two hills on top of each other at small losses: they were learnt by heart.
    """
    found: dict[tuple[str, str], dict[str, Array]] = {}
    for place, entry in panel.entries.items():
        own = {kind: np.array(kept.diagnostics(entry, kind)) for kind in KINDS}
        if all(counts.any() for counts in own.values()):  # without noise there is nothing to tell apart
            found[place] = own
    rows, columns = drawn(panel, found, SIDE, SIDE)
    if not rows:
        return None
    figure = Figure(figsize=(max(1 + 2.2 * len(columns), 5), 1.2 + 1.4 * len(rows)), layout="constrained")
    axes = figure.subplots(len(rows), len(columns), squeeze=False, sharex=True, sharey=True)
    handles = {}
    for (down, across), axis in np.ndenumerate(axes):
        plain(axis, columns[across] if down == 0 else "", xscale="log")
        for kind, counts in found.get((rows[down], columns[across]), {}).items():
            look = (
                {"color": BLUE, "fill": True, "alpha": 0.5} if kind == "clean_losses" else {"color": ORANGE, "lw": 1.6}
            )
            handles[KINDS[kind]] = axis.stairs(shares(counts), LOSS_EDGES, **look)
    for axis, row in zip(axes[:, 0], rows, strict=True):
        axis.set_ylabel(f"{fill(row, 15)}\nexamples (%)")
    for axis in axes[-1]:
        axis.set_xlabel("loss of the given label (nats)")
    ns = [len(own["clean_losses"]) for (row, c), own in found.items() if row in rows and c in columns]
    what = (
        "cross-entropy of the given label of training examples at the last epoch, all seeds together, each kind's own %"
    )
    headed(figure, said(panel, what, ns, len(rows), len(columns), counted=False))
    keyed(figure, handles)
    return figure


def shares(counts: Array) -> Array:
    """(B,) the % in each bin of counts (n, B)."""
    pooled = counts.sum(0)
    return np.asarray(100 * pooled / pooled.sum())
