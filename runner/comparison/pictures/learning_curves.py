"""The primary metric against epochs: when a network learns, and when it learns by heart."""

from collections.abc import Collection
from textwrap import fill

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from runner.comparison.panels import Panel
from runner.comparison.pictures import Kept, drawn, looks, said
from runner.comparison.results import declared, metrics
from runner.console.drawing import headed, keyed, plain
from runner.statistics.values import Array
from runner.tasks.metric import Metric, in_words

LABEL = 24  # letters of a line beside an axes
MARKS = 6  # on a line, about


def learning_curves(panel: Panel, kept: Kept, level: float) -> Figure | None:
    """Over several epochs: the primary metric on the test set, and how well the given training targets and the true
    ones are predicted.

    Lines are means over seeds, bands one sample standard deviation to each side. Where wrong labels are learnt by
    heart, the given labels are fitted to 100%, and accuracy on the true ones, and on the test set, falls again.
    """
    found: dict[tuple[str, str], dict[str, tuple[list[float], Array]]] = {}
    results = [entry.result for entry in panel.entries.values() if entry.result]
    known = {name: declared(results, name) for name in shown_of(panel.primary, metrics(results))}
    names = {name: in_words_of(name, metric) for name, metric in known.items()}
    for place, entry in panel.entries.items():
        seeds = kept.rows(entry)
        curves = {name: curve(seeds, name, metric.scale) for name, metric in known.items()}
        if any(len(epochs) > 1 for epochs, _ in curves.values()):
            found[place] = curves
    rows, columns = drawn(panel, found)
    if not rows:
        return None
    look, handles = looks(panel, rows), {}
    size = (max(1 + 2.2 * len(columns), 5), 1 + 1.7 * len(names))
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(len(names), len(columns), squeeze=False, sharex="col", sharey="row")
    for (down, across), axis in np.ndenumerate(axes):
        plain(axis, columns[across] if down == 0 else "")
        axis.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        for i, row in enumerate(rows):
            epochs, values = found.get((row, columns[across]), {}).get(list(names)[down], ([], np.zeros(0)))
            if not epochs:
                continue
            mean, (colour, marker, line) = values.mean(0), look[row]
            marks = max(1, len(epochs) // MARKS)
            (handles[row],) = axis.plot(
                epochs, mean, color=colour, linestyle=line, lw=1.2,
                marker=marker, markersize=3.5, markevery=(i % marks, marks),
            )  # fmt: skip
            if len(values) > 1:
                sd = values.std(0, ddof=1)
                axis.fill_between(epochs, mean - sd, mean + sd, color=colour, alpha=0.15, lw=0)
    for axis, (name, metric) in zip(axes[:, 0], known.items(), strict=True):
        axis.set_ylabel(fill(f"{names[name]} ({metric.shown_unit})" if metric.shown_unit else names[name], LABEL))
    for axis in axes[-1]:
        axis.set_xlabel("epoch")
    ns = [
        max(len(values) for _, values in found[row, c].values()) for row in rows for c in columns if (row, c) in found
    ]
    what = f"{in_words(panel.primary)} against epochs, mean ± sample standard deviation over seeds"
    headed(figure, said(panel, what, ns, len(rows), len(columns), counted=False))
    keyed(figure, handles)
    return figure


def shown_of(primary: str, known: Collection[str]) -> list[str]:
    """The metrics that are drawn: the primary one of the test set, and of training by given and by true targets.

    >>> shown_of("rmse", ["train/rmse_given", "train/rmse_true", "train/memorised", "test/rmse"])
    ['test/rmse', 'train/rmse_given', 'train/rmse_true']
    """
    test = [name for name in known if name == f"test/{primary}"]
    return test + [name for name in known if name.startswith("train/") and name.endswith(("_given", "_true"))]


def in_words_of(name: str, metric: Metric) -> str:
    """What stands beside a curve."""
    if name.startswith("test/"):
        return in_words(name)
    return f"train, {name.rpartition('_')[2]} {'labels' if metric.scale == 100 else 'targets'}"


def curve(seeds: list[list[dict[str, float]]], metric: str, scale: float) -> tuple[list[float], Array]:
    """Epochs (T,) at which all seeds that have the metric were evaluated, and their values (n, T) times the scale."""
    tables = [{row["epoch"]: row[metric] for row in rows if metric in row} for rows in seeds]
    tables = [table for table in tables if table]
    epochs = sorted(set.intersection(*map(set, tables))) if tables else []
    return epochs, scale * np.array([[table[epoch] for epoch in epochs] for table in tables])
