"""The runs of rows that have a rank: their seeds in every column."""

from collections.abc import Sequence

import numpy as np

from runner.comparison.panels import Panel
from runner.statistics.values import Array


def runs(panel: Panel, row: str) -> Array:
    """(P, n) of the seeds that count of a row in every column."""
    entries = [panel.entry(row, column) for column in panel.columns]
    common = sorted(set.intersection(*(set(entry.values) for entry in entries)))
    return np.array([[entry.values[seed] for seed in common] for entry in entries]).reshape(len(entries), len(common))


def trimmed(panel: Panel, rows: Sequence[str]) -> list[str]:
    """A clause on diverged runs, which an interquartile mean leaves out."""
    lost = {row: sum(len(panel.entry(row, column).diverged) for column in panel.columns) for row in rows}
    named = ", ".join(f"{row} ({count})" for row, count in lost.items() if count)
    return [f"the IQM leaves out the worst quarter, and so diverged runs first: {named}"] * bool(named)
