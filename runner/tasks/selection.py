"""Which evaluation of a seed counts: papers differ in this choice, and by ten points."""

from collections.abc import Mapping, Sequence
from math import isnan, nan
from typing import Any

from runner.tasks.metric import Metric

Row = Mapping[str, Any]

RULES = {
    "last": "at the last epoch",
    "best_val": "at the epoch of the best validation accuracy",
    "best_test": "at the epoch of the best test accuracy, which no one has in practice",
}


def selected(rows: Sequence[Row], metrics: Mapping[str, Metric]) -> dict[str, Row]:
    """{rule: the row it picks}, of rows in order of epochs: "last", "best_val" where there is validation, "best_test".

    Of equally good epochs the first one counts, and none at which what is to be best is nan.

    Args:
        metrics: their declarations; by one that is not among them nothing is picked.

    >>> from runner.tasks.metric import DECLARED
    >>> rows = [{"epoch": 1, "test/accuracy": 0.9}, {"epoch": 2, "test/accuracy": 0.7}]
    >>> {rule: row["epoch"] for rule, row in selected(rows, DECLARED).items()}
    {'last': 2, 'best_test': 1}
    """
    found = {"last": rows[-1]} if rows else {}
    for rule, metric in (("best_val", "val/accuracy"), ("best_test", "test/accuracy")):
        measured = [row for row in rows if not isnan(row.get(metric, nan))]
        if measured and metric in metrics:
            pick = max if metrics[metric].higher else min
            found[rule] = pick(measured, key=lambda row: row[metric])
    return found
