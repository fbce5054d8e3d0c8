"""Which evaluation of a seed counts: papers differ in this choice, and by ten points."""

from collections.abc import Mapping, Sequence
from math import isnan, nan
from typing import Any

from runner.tasks.metric import Metric, in_words, primary

Row = Mapping[str, Any]

RULES = ("last", "best_val", "best_test")


def when(rule: str, name: str) -> str:
    """In words, which epoch a rule picks where this is the primary metric.

    >>> when("best_val", "accuracy")
    'at the epoch of the best validation accuracy'
    """
    words = in_words(name)
    return {
        "last": "at the last epoch",
        "best_val": f"at the epoch of the best validation {words}",
        "best_test": f"at the epoch of the best test {words}, which no one has in practice",
    }[rule]


def selected(rows: Sequence[Row], metrics: Mapping[str, Metric]) -> dict[str, Row]:
    """{rule: the row it picks}, of rows in order of epochs: "last", "best_val" where there is validation, "best_test".

    Of equally good epochs the first one counts, and none at which what is to be best is nan.

    Args:
        metrics: their declarations; best is judged by the primary one, and by none that is not among them.

    >>> from runner.tasks.families import DECLARED
    >>> rows = [{"epoch": 1, "test/accuracy": 0.9}, {"epoch": 2, "test/accuracy": 0.7}]
    >>> {rule: row["epoch"] for rule, row in selected(rows, DECLARED).items()}
    {'last': 2, 'best_test': 1}
    """
    found = {"last": rows[-1]} if rows else {}
    name = primary(metrics)
    for rule, metric in (("best_val", f"val/{name}"), ("best_test", f"test/{name}")):
        measured = [row for row in rows if not isnan(row.get(metric, nan))]
        if measured and metric in metrics:
            pick = max if metrics[metric].higher else min
            found[rule] = pick(measured, key=lambda row: row[metric])
    return found
