"""Columns of numbers to be predicted."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from datasets.columns import Decimal, Reading, numbers, reading, words
from datasets.table_target import Answers, Target, told

LARGEST = float(np.finfo(np.float32).max)


def real_targets(
    rows: Mapping[str, Any], asked: Mapping[str, str], target: Target
) -> tuple[tuple[str, ...], dict[str, Answers]]:
    """No names, and the numbers of each file, (N, D) float32, as columns.py reads them by the first file.

    Args:
        rows, asked: as table_classes.classes has them.
    Raises:
        ValueError: a row lacks one, or has what is no number or not finite; or a column never varies.
    """
    key = next(iter(asked))
    kept = {each: told(rows[each], name, target) for each, name in asked.items()}
    read = {
        name: _reading(name, rows[key][name].iloc[kept[key]], asked[key], target.decimal) for name in target.columns
    }
    answers = {}
    for each, source in asked.items():
        columns = [_finite(rows[each][name].iloc[kept[each]], read[name], name, source) for name in target.columns]
        said = [_said(name, column, read[name]) for name, column in zip(target.columns, columns, strict=True)]
        answers[each] = Answers(kept[each], torch.from_numpy(np.stack(columns, 1)), "; ".join(said))
    for name, column in zip(target.columns, answers[key].y.T, strict=True):
        if (column == column[0]).all():
            raise ValueError(
                f"target={name}: is {column[0]:g} in all rows of {asked[key]}, which leaves nothing to learn"
            )
    return (), answers


def _reading(name: str, column: Any, source: str, decimal: Decimal | None) -> Reading:
    found = reading(name, column, None, decimal)
    if found.kind == "number":
        return found
    try:
        return reading(name, column, "number", decimal)
    except ValueError as error:
        first = words(column).iloc[0]
        raise ValueError(
            f"target={name}: {source} holds {first!r} in row {column.index[0]}, and no number at all; "
            "dataset.task=classification takes words for classes"
        ) from error


def _finite(column: Any, read: Reading, name: str, source: str) -> np.ndarray:
    values = numbers(column, read).to_numpy()
    wrong = ~(np.abs(values) <= LARGEST)
    if wrong.any():
        row = int(wrong.argmax())
        others = f"; so do {wrong.sum() - 1} more rows" if wrong.sum() > 1 else ""
        raise ValueError(
            f"target={name}: row {column.index[row]} of {source} holds {str(column.iloc[row])!r}, which is no finite "
            f"number{others}"
        )
    return values.astype(np.float32)


def _said(name: str, column: np.ndarray, read: Reading) -> str:
    note = f" ({read.note})" if read.note else ""
    return f"{name}{note}: {len(column)} numbers from {column.min():g} to {column.max():g}, mean {column.mean():g}"
