"""Pairs of your own: columns of a table are one half, others the other."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import torch
from torch import Tensor

from datasets.columns import Decimal, lacking, numbers, reading
from datasets.split import Split
from datasets.table_file import Form, cells, need


def table(
    data_root: str,
    *,
    source: str | None,
    first: list[str],
    second: list[str],
    decimal: Decimal | None,
    test_size: Annotated[float, "(0, 1)"],
    task: Literal["mutual_information"],
) -> Split:
    """Pairs (N, 2, D), each column with mean 0 and deviation 1 in training; the shorter half is filled up with zeros.

    Nobody knows the information or the densities of pairs, which are nan: there is an estimate, and no error of it.

    Args:
        source: a file that ends in .csv, .csv.gz, .tsv, .tsv.gz or .parquet, as given or in data_root.
        first: columns of numbers that are one half.
        second: those of the other. A column may be in both.
        decimal: mark of numbers; None finds it out for each column.
        test_size: share of the rows for testing, in (0, 1), drawn at random and the same for every seed.
        task: what is asked.
    Raises:
        FileNotFoundError: the file is not there.
        ValueError: it cannot be read, a half has no column, or a column is not there, has no number in a row, or never
            varies.
    """
    if source is None:
        raise ValueError("source=null: must be a table, as dataset.source=pairs.csv")
    for key, names in (("first", first), ("second", second)):
        if not names:
            raise ValueError(f"{key}=[]: must be columns of {source}, as dataset.{key}=[age,height]")
    rows = cells(data_root, "source", source, [*first, *second], Form()).rows
    halves = []
    for key, names in (("first", first), ("second", second)):
        need(rows, source, key, names)
        halves.append(torch.stack([_column(key, name, rows[name], source, decimal) for name in names], 1))
    width = max(half.shape[1] for half in halves)
    x = torch.stack([torch.nn.functional.pad(half, (0, width - half.shape[1])) for half in halves], 1)
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    held = round(test_size * len(x))
    if not 1 < held < len(x) - 1:
        raise ValueError(f"test_size={test_size:g}: leaves {len(x) - held} of {len(x)} rows for training")
    test, train = order[:held], order[held:]
    unknown = torch.full((len(x), 1), torch.nan)
    mean, std = x[train].mean(0), x[train].std(0, correction=0)
    return Split(
        x[train], unknown[train], x[test], unknown[test], (), mean, std.where(std > 0, 1.0), source_index=train,
        source_size=len(x), read=(_said(source, len(x), first, second, held),), task=task,
    )  # fmt: skip


def _column(key: str, name: str, column: Any, source: str, decimal: Decimal | None) -> Tensor:
    """(N,) float32."""
    if missing := int(lacking(column).sum()):
        raise ValueError(f"{key}: {name} has no value in {missing} rows of {source}; leave these rows out")
    values = torch.from_numpy(numbers(column, reading(name, column, "number", decimal)).to_numpy(dtype="float32"))
    if wrong := int((~values.isfinite()).sum()):
        raise ValueError(f"{key}: {name} has no finite number in {wrong} rows of {source}")
    if (values == values[0]).all():
        raise ValueError(f"{key}: {name} is {values[0]:g} in all rows of {source}, and tells nothing")
    return values


def _said(source: str, count: int, first: Sequence[str], second: Sequence[str], held: int) -> str:
    halves = f"{', '.join(first)} with {', '.join(second)}"
    return f"{source}: {count} pairs of {halves}; {count - held} are for training, {held} for testing"
