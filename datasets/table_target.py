"""Where the targets of a table stand, and which rows have one."""

from collections import Counter
from typing import Any, Literal, NamedTuple

import numpy as np
from torch import Tensor

from datasets.class_names import Alike
from datasets.columns import MISSING, Decimal, words

Task = Literal["classification", "regression", "multilabel"]


class Target(NamedTuple):
    """What is to be predicted.

    Attributes:
        columns: where it stands; one of classes.
        unlabelled: words that mean no target, whose rows are left out; None refuses rows without a word and those with
            one of columns.MISSING.
        alike: what becomes of names that differ in case alone; see class_names.py.
        most: different names that are still taken for classes or labels.
        task: see runner/tasks/.
        listed: was a list of columns asked for, even of one?
        decimal: mark of numbers; None finds it out.
    """

    columns: tuple[str, ...]
    unlabelled: list[str] | None
    alike: Alike
    most: int
    task: Task = "classification"
    listed: bool = False
    decimal: Decimal | None = None


class Answers(NamedTuple):
    """The targets of one file.

    Attributes:
        kept: numbers of the N rows that have one.
        y: (N,) int64 classes, (N, D) float32 numbers, or (N, L) float32 labels.
        said: what they are, in words.
    """

    kept: list[int]
    y: Tensor
    said: str


def target_of(
    target: str | list[str] | None,
    unlabelled: list[str] | None,
    alike: Alike,
    most: int,
    task: Task,
    *,
    source: str,
    decimal: Decimal | None = None,
) -> Target:
    """The same of what the keys of a data set say.

    Args:
        source: the file, for messages.
    Raises:
        ValueError: there is no column, one is there twice, or there are several of classes.
    """
    if not target:
        what = {"classification": "the column of {} that holds the class", "regression": "the column of {}, or columns"}
        must = what.get(task, "the column of {} that holds words, or the columns of labels").format(source)
        raise ValueError(f"target={'null' if target is None else target}: must name {must}")
    listed = isinstance(target, list)
    columns = tuple(target) if isinstance(target, list) else (target,)
    if listed and task == "classification":
        raise ValueError(
            f"target={target}: must be one column of classes; dataset.task=regression takes columns of numbers, "
            "dataset.task=multilabel columns of labels"
        )
    if twice := next((name for name, count in Counter(columns).items() if count > 1), None):
        raise ValueError(f"target={target}: has {twice} twice")
    return Target(columns, unlabelled, alike, most, task, listed, decimal)


def told(rows: Any, source: str, target: Target, *, empty: bool = False) -> list[int]:
    """The numbers of the rows in which all targets are told.

    Args:
        rows: a pandas.DataFrame.
        source: the file, for messages.
        empty: does an empty cell tell something?
    Raises:
        ValueError: a row lacks one, and `unlabelled` is None; or all do.
    """
    missing = [word for word in ("", *MISSING) if word or not empty]
    none = missing if target.unlabelled is None else target.unlabelled
    kept = np.ones(len(rows), dtype=bool)
    for name in target.columns:
        said = words(rows[name])
        lacks = said.isin(none)
        if lacks.any() and target.unlabelled is None:
            which = Counter(said[lacks])
            keys = ",".join(f"'{word}'" for word in which)
            raise ValueError(
                f"target={name}: no value in {lacks.sum()} of the {len(said)} rows of {source}, the first is row "
                f"{lacks.to_numpy().argmax()}; dataset.unlabelled=[{keys}] leaves them out"
            )
        kept &= ~lacks.to_numpy()
    if not kept.any():
        raise ValueError(f"unlabelled={none}: leaves no row of {source}")
    return [int(place) for place in kept.nonzero()[0]]
