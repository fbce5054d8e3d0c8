"""Columns that are probably no features: a saved index, a running number, a copy of the target."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.columns import of_dates
from datasets.optional import optional

NAMELESS = re.compile(r"|Unnamed: \d+|__index_level_\d+__")  # as pandas calls them
LEAST = 10  # rows, for a number that runs or a copy of the class to be no chance; or different numbers of a target
ENOUGH = 30  # rows, for a column that parts the classes to be no chance
REPEATED = 4  # times that a value stands in a column on average, to tell the class


def check(source: str, columns: Mapping[str, Any], y: NDArray[Any]) -> None:
    """That each column may be a feature.

    Where numbers are to be predicted, it is not looked for which values of a column tell them: most numbers are
    different, and so any column of different values would. Labels that fewer than ten rows have, or lack, may be told
    by chance.

    Args:
        source: the file, for messages.
        columns: {name: pandas.Series}, of floats or of text, all of one length and in the order of the file.
        y: the targets, in this order too: (N,) classes, (N, D) numbers, or (N, L) labels of 0 and 1.
    Raises:
        ValueError: a column has no name; is a running number, or another word in each row; tells the class or a label
            of every row alone; or rises with a target in every row, or falls. Names it, and the keys that leave it out
            or keep it.
    """
    for place, (name, column) in enumerate(columns.items(), 1):
        if why := _alone(name, column) or _answer(column, y):
            which = f"column {name}" if name else f"column {place}"
            dated = not _of_numbers(column) and of_dates(column.tolist())
            by_it = f", dataset.order='{name}' tests with the last by it" if dated else ""
            raise ValueError(
                f"source={source}: its {which} {why}; dataset.drop=['{name}'] leaves it out, dataset.columns=[...] "
                f"with it and the others to learn from keeps it{by_it}"
            )


def _alone(name: str, column: Any) -> str:
    """What is wrong with it whatever the target."""
    if NAMELESS.fullmatch(name):
        return "has no name, as a saved index has none"
    if len(column) >= LEAST and column.is_unique:
        if not _of_numbers(column):
            return "holds another word in every row, as an id or a date does"
        if _runs(column):
            return "is a running number, as an id is"
    return ""


def _answer(column: Any, y: NDArray[Any]) -> str:
    if y.ndim == 1:
        return "tells the class of every row, as a copy of it does" if _tells(column, y) else ""
    if ((y == 0) | (y == 1)).all():
        often = [bits for bits in y.T if LEAST <= bits.sum() <= len(bits) - LEAST]
        told = any(_tells(column, bits.astype(np.int64)) for bits in often)
        return "tells a label of every row, as a copy of it does" if told else ""
    if _of_numbers(column) and any(_moves(column.to_numpy(), target) for target in y.T):
        return "rises with a target in every row or falls, as a copy in other units does"
    return ""


def _moves(column: NDArray[Any], target: NDArray[Any]) -> bool:
    """Does the target never fall where the column rises, or never rise, and is that no chance?"""
    if np.isnan(column).any() or min(len(np.unique(column)), len(np.unique(target))) < LEAST:
        return False
    return any((np.diff(turned[np.lexsort((turned, column))]) >= 0).all() for turned in (target, -target))


def _of_numbers(column: Any) -> bool:
    return bool(optional("pandas").api.types.is_numeric_dtype(column))


def _runs(column: Any) -> bool:
    """Different whole numbers that ascend row by row, or are all from the first to the last."""
    if column.isna().any() or (column % 1 != 0).any():
        return False
    return bool(column.is_monotonic_increasing or column.max() - column.min() == len(column) - 1)


def _tells(column: Any, classes: NDArray[np.int64]) -> bool:
    """Are the rows of each value of one class, and is that no chance?"""
    codes, found = optional("pandas").factorize(column, use_na_sentinel=False)
    rows, k, values = len(column), len(np.unique(classes)), len(found)
    of_value = np.zeros(values, dtype=np.int64)
    of_value[codes] = classes
    if not (of_value[codes] == classes).all():
        return False
    if (values == k and rows >= LEAST) or (rows >= ENOUGH and 1 < values <= rows / REPEATED):
        return True
    if not _of_numbers(column) or rows < ENOUGH or column.isna().any():
        return False
    ordered = classes[np.argsort(column.to_numpy(), kind="stable")]
    return bool((ordered[1:] != ordered[:-1]).sum() + 1 == k)
