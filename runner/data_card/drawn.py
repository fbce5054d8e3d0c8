"""Pictures of targets: how many there are of each class or label, how numbers are spread, what goes with what."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from torch import Tensor

from runner.console.drawing import BLUE, GREY, ORANGE, plain, svg
from runner.data_card.kinds.classes import ShownClasses
from runner.data_card.kinds.kind import Shown
from runner.data_card.kinds.labels import ShownLabels
from runner.data_card.kinds.numbers import ShownNumbers, names
from runner.data_card.kinds.pairs import ShownPairs

NAMED = 25  # classes, up to which each has its name and number in the picture
TARGETS = 6  # that are drawn
BINS = 40


def drawn(targets: Shown) -> dict[str, str]:
    """{file name: SVG}."""
    if isinstance(targets, ShownPairs):
        return {}
    if isinstance(targets, ShownNumbers):
        return {"targets.svg": _spread(targets)}
    if isinstance(targets, ShownLabels):
        return _of_labels(targets)
    if isinstance(targets, ShownClasses):
        return _of_classes(targets)
    raise TypeError(type(targets).__name__)


def _of_classes(targets: ShownClasses) -> dict[str, str]:
    kind, train, classes = targets.prepared.targets, targets.train, targets.split.classes
    bars = {
        "in the source": kind.sizes(targets.split.y),
        "for training, true class": kind.sizes(train.true[train.true >= 0]),
        f"for training, {targets.labelled_as}": kind.sizes(train.given),
    }
    shares = kind.transition(train.given, train.true)
    labels = (targets.labelled_as, "true class")
    return {
        "transition.svg": _matrix(classes, shares, labels, "share of the true class"),
        "classes.svg": _bars(classes, bars),
    }


def _of_labels(targets: ShownLabels) -> dict[str, str]:
    train, labels = targets.train, targets.split.classes
    bars = {
        "in the source": targets.split.y.sum(0),
        "for training, true": train.true.sum(0),
        "for training, given": (train.given == 1).sum(0),
    }
    shares = train.true.T @ train.true / train.true.sum(0)[:, None].clamp(min=1)
    beside = ("have this label, too", "of the examples with this label")
    return {
        "labels.svg": _bars(labels, bars),
        "together.svg": _matrix(labels, shares, beside, "share of the examples"),
    }


def _matrix(classes: Sequence[str], shares: Tensor, axes: tuple[str, str], what: str) -> str:
    """Shares (K, K), axes named below and beside."""
    side = min(3 + 0.35 * len(classes), 10)
    figure = Figure(figsize=(side + 0.8, side), layout="constrained")
    axis = figure.subplots()
    image = axis.imshow(shares.numpy(), vmin=0, vmax=1, cmap="cividis")
    axis.set(xlabel=axes[0], ylabel=axes[1])
    if len(classes) <= NAMED:
        axis.set_xticks(range(len(classes)), classes, rotation=45, ha="right", rotation_mode="anchor")
        axis.set_yticks(range(len(classes)), classes)
        for i, row in enumerate(shares.tolist()):
            for j, share in enumerate(row):
                if share > 0:
                    colour = "black" if share > 0.6 else "white"
                    axis.text(j, i, f"{share:.2f}".removeprefix("0"), ha="center", va="center", color=colour, size=7)
    figure.colorbar(image, ax=axis, label=what, shrink=0.8)
    return svg(figure)


def _bars(classes: Sequence[str], bars: Mapping[str, Tensor]) -> str:
    """Three counts (K,) of each class or label."""
    k = len(classes)
    figure = Figure(figsize=(min(4 + 0.4 * k, 12), 3), layout="constrained")
    axis = figure.subplots()
    for i, ((label, counts), colour) in enumerate(zip(bars.items(), (GREY, BLUE, ORANGE), strict=True)):
        axis.bar([place + 0.27 * (i - 1) for place in range(k)], counts.tolist(), 0.27, label=label, color=colour)
    plain(axis, ylabel="examples")
    if k <= NAMED:
        axis.set_xticks(range(k), classes, rotation=45, ha="right", rotation_mode="anchor")
    figure.legend(loc="outside upper center", ncols=3, frameon=False)
    return svg(figure)


def _spread(targets: ShownNumbers) -> str:
    """Histograms of the true and of the given numbers, in their own unit; of the first ones where there are many."""
    true, given = (targets.own(part).numpy() for part in (targets.train.true, targets.train.given))
    titles = names(targets.split.y)[:TARGETS]
    figure = Figure(figsize=(max(3 * len(titles), 5), 2.6), layout="constrained")
    for k, (title, axis) in enumerate(zip(titles, figure.subplots(1, len(titles), squeeze=False)[0], strict=True)):
        edges = np.histogram_bin_edges(np.concatenate([true[:, k], given[:, k]]), BINS)
        axis.hist(true[:, k], edges, color=BLUE, alpha=0.5, label="true")
        axis.hist(given[:, k], edges, histtype="step", color=ORANGE, lw=1.2, label="given")
        plain(axis, xlabel=title, ylabel="" if k else "training examples")
    figure.legend(*axis.get_legend_handles_labels(), loc="outside upper center", ncols=2, frameon=False)
    return svg(figure)
