"""What becomes of each test example, at the epochs that may be selected: from this a report knows how much of a
difference is owed to the examples that a network happened to be tested on.

Kept of a seed are the metrics that are means over test examples, or the root of one, of the last epoch and of those
that are best so far (runner/tasks/selection.py): a bit an example of an accuracy, two bytes of another number.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from losses.boxes._overlap import overlap
from runner.comparison.kept_examples import written
from runner.contracts.measures import Measures
from runner.tasks.selection import selected
from runner.tasks.task import Task

ByMetric = dict[str, Tensor]


class Kept(NamedTuple):
    """Attributes: row: an evaluation of a seed; values: {metric: (M,)} of its test examples."""

    row: Mapping[str, float]
    values: ByMetric


class ByExample:
    """The test examples of the seeds of a stack: shown one evaluation after the other, then the rows made of it.

    Args:
        task: what the seeds learn.
        seeds: S of them.
        before: the `state` of an earlier one, where training goes on.
    """

    def __init__(self, task: Task, seeds: Sequence[int], before: Mapping[int, Sequence[Any]] | None = None):
        self.task = task
        primary = {f"{part}/{task.primary}" for part in ("val", "test")}
        self.deciding = {key: metric for key, metric in task.declared.items() if key in primary}  # what rules look at
        self.seeds = list(seeds)
        self.now: ByMetric = {}
        self.kept = {seed: [Kept(*each) for each in its] for seed, its in (before or {}).items()}

    def see(self, measures: Measures, seen: Any, targets: Tensor) -> None:
        """An evaluation of the stack; see runner/training/looking_on.py."""
        with torch.no_grad():
            found = VALUES[self.task.name](measures, seen, targets)
        self.now = {name: (each if each.dtype == torch.bool else each.float()).cpu() for name, each in found.items()}

    def row(self, seed: int, row: Mapping[str, float]) -> None:
        """The row that a seed has of this evaluation; what no rule can select any more is forgotten."""
        place = self.seeds.index(seed)
        new = Kept(dict(row), {name: values[place].clone() for name, values in self.now.items()})
        there = [*self.kept.get(seed, ()), new]
        picked = {id(row) for row in selected([each.row for each in there], self.deciding).values()}
        self.kept[seed] = [each for each in there if id(each.row) in picked]

    def written(self, seed: int, test: str) -> dict[str, Any]:
        """Those of a seed, for its record (runner/comparison/kept_examples.py).

        Args:
            test: the hash of its test examples.
        """
        values = {
            int(each.row["epoch"]): {f"test/{name}": one.numpy() for name, one in each.values.items()}
            for each in self.kept.get(seed, ())
        }
        return written(test, values)

    def state(self) -> dict[int, list[Any]]:
        """All that going on needs."""
        return {seed: [[each.row, each.values] for each in its] for seed, its in self.kept.items()}


def _classes(measures: Any, seen: Any, targets: Tensor) -> ByMetric:
    return {"accuracy": seen.predicted == targets, "nll": seen.nll}


def _labels(measures: Any, seen: Any, targets: Tensor) -> ByMetric:
    return {"hamming": ((seen.logits > 0) != (targets > 0)).float().mean(-1)}


def _numbers(measures: Any, seen: Any, targets: Tensor) -> ByMetric:
    error = seen.point.double() - measures.own(targets).double()
    return {"rmse": error.square().mean(-1), "mae": error.abs().mean(-1)}


def _boxes(measures: Any, seen: Any, targets: Tensor) -> ByMetric:
    return {"mean_iou": overlap(seen.box.double(), targets.double()).iou}


def _nothing(measures: Any, seen: Any, targets: Tensor) -> ByMetric:
    return {}


def _features(measures: Any, seen: Any, targets: Tensor) -> ByMetric:
    return {"probe_accuracy": measures.right(seen, targets)}


def _embeddings(measures: Any, seen: Any, targets: Tensor) -> ByMetric:
    asked = measures.by_query(seen, targets)
    return {name: asked[name] for name in ("map_at_r", "r_precision")}


def _sides(measures: Any, seen: Any, targets: Tensor) -> ByMetric:
    return measures.by_query(seen, targets)


VALUES: Mapping[str, Callable[[Any, Any, Tensor], ByMetric]] = {  # {task: of outcomes (S, M), {metric: (S, M)}}
    "classification": _classes,
    "candidates": _classes,
    "multilabel": _labels,
    "regression": _numbers,
    "boxes": _boxes,
    "mutual_information": _nothing,  # an estimate is of all pairs of a block
    "representation": _features,
    "retrieval": _embeddings,
    "dynamics": _nothing,  # eigenvalues are of all steps
    "matching": _sides,
    "density": _nothing,  # a test example is a place of the plane
    "preference": _nothing,  # a test example is a context, and there are few
    "language": _nothing,  # likewise
}
