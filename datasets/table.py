"""Tables with columns of targets, from CSV, TSV and Parquet files, for all data sets that read them."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from datasets.columns import MISSING, Decimal, numbers, reading, words
from datasets.holdout import Parting, parted
from datasets.optional import optional
from datasets.places import place
from datasets.table_bits import labels
from datasets.table_classes import classes
from datasets.table_file import Cells, Form, cells, need
from datasets.table_numbers import real_targets
from datasets.table_target import Target

READERS = {"classification": classes, "regression": real_targets, "multilabel": labels}


class Table(NamedTuple):
    """Rows and their targets.

    Attributes:
        rows: a pandas.DataFrame of N rows, all columns of the source but for scikit-learn's target.
        y: (N,) int64 classes in [0, K), (N, D) float32 numbers, or (N, L) float32 labels.
        place: (N,) int64 each row's number in its source, from 0; headers and blank lines are no rows.
        size: how many rows the source has.
        classes: K names, or L of labels; none of numbers.
        read: what was read, in a line; "" of scikit-learn's.
        group: (N,) numbers of groups, None where there are none.
        order: (N,) ranks in an order, None where there is none.
    """

    rows: Any
    y: Tensor
    place: Tensor
    size: int
    classes: tuple[str, ...]
    read: str = ""
    group: Tensor | None = None
    order: Tensor | None = None

    def of(self, places: Tensor) -> "Table":
        """Some of the rows."""
        group, order = (None if column is None else column[places] for column in (self.group, self.order))
        rows, y, place = self.rows.iloc[places.numpy()], self.y[places], self.place[places]
        return self._replace(rows=rows, y=y, place=place, group=group, order=order)


class Sides(NamedTuple):
    """Which rows are for training and which for testing.

    Attributes:
        parting: how much, or which fold.
        group: a column whose values are each on one side.
        order: a column of numbers or dates whose last ones are for testing.
        decimal: mark of numbers; None finds it out.
    """

    parting: Parting
    group: str | None = None
    order: str | None = None
    decimal: Decimal | None = None


def halves(
    found: Sequence[Table], source: str, test_source: str | None, target: Sequence[str], sides: Sides
) -> tuple[Table, Table, str]:
    """The training and the test part, and how they came about, in a line.

    Args:
        found: the table, or that for training and that for testing.
        target: the columns of targets.
    Raises:
        ValueError: a class has a single example; there are too few for such a split; a column is not there, or no
            order; a group is in both tables; or the test part is there, and was to be made.
    """
    for key, name in (("group", sides.group), ("order", sides.order)):
        if name in target:
            raise ValueError(f"{key}={name}: is the target")
    told = [_sided(each, name, sides) for each, name in zip(found, (source, test_source), strict=False)]
    if len(told) == 1:
        whole = told[0]
        train, test = (
            whole.of(places) for places in parted(whole.y, whole.classes, sides.parting, whole.group, whole.order)
        )
        return train, test, f"{len(train.y)} rows are for training, {len(test.y)} for testing{_by(sides, train, test)}"
    if sides.parting.fold is not None:
        raise ValueError(f"{sides.parting.said}: goes without test_source={test_source}")
    train, test = told
    if sides.group:
        own, others = (set(words(each.rows[sides.group])) for each in told)
        if both := sorted(own & others):
            raise ValueError(f"group={sides.group}: {both[0]} is in {source} and in {test_source}")
    return train, test, ""


def _sided(table: Table, source: str | None, sides: Sides) -> Table:
    """With the groups and ranks of its rows."""
    group = order = None
    if sides.group is not None:
        group = _ranks(whole(table.rows, str(source), "group", sides.group))
    if sides.order is not None:
        whole(table.rows, str(source), "order", sides.order)
        order = _ranks(_in_order(table.rows[sides.order], sides.order, source, sides.decimal))
    return table._replace(group=group, order=order)


def whole(rows: Any, source: str, key: str, name: str) -> Any:
    """The words of a column that has one in each row.

    Args:
        rows: a pandas.DataFrame.
        source: the file, and `key` what the column is asked for by, for messages.
    Raises:
        ValueError: there is no such column, or a row has no value in it.
    """
    need(rows, source, key, [name])
    found = words(rows[name])
    if lacking := int(found.isin(MISSING).sum()):
        raise ValueError(f"{key}={name}: no value in {lacking} of the {len(found)} rows of {source}")
    return found


def _ranks(column: Any) -> Tensor:
    return torch.from_numpy(column.rank(method="dense").to_numpy(dtype="int64"))


def _in_order(column: Any, name: str, source: str | None, decimal: Decimal | None) -> Any:
    """Numbers or dates."""
    pandas = optional("pandas")
    read = reading(name, column, None, decimal)
    if read.kind == "number" and not (found := numbers(column, read)).isna().any():
        return found
    dates = pandas.to_datetime(words(column), errors="coerce", format="ISO8601", utc=True)
    if dates.isna().any():
        strange = words(column)[dates.isna()].iloc[0]
        raise ValueError(f"order={name}: {source} holds {strange!r}; must be numbers, or dates as 2026-01-31")
    return dates


def _by(sides: Sides, train: Table, test: Table) -> str:
    parts = [] if sides.parting.fold is None else [sides.parting.said]
    if train.group is not None and test.group is not None:
        parts.append(f"{len(train.group.unique())} and {len(test.group.unique())} groups of {sides.group}")
    parts += [f"the last by {sides.order}"] if sides.order else []
    return f": {', '.join(parts)}" if parts else ""


def tables(data_root: str, source: str, test_source: str | None, target: Target, form: Form) -> list[Table]:
    """A file, and the file of the test part if there is one. Classes and labels are the same in both.

    Args:
        data_root: where files are that are not found as given.
        source: the file.
        test_source: the file of the test part.
    Raises:
        FileNotFoundError, ValueError: a file is not there, not readable or without rows, its target is not as it must
            be, or both are the same.
    """
    asked = {"source": source} | ({"test_source": test_source} if test_source is not None else {})
    files = {each: cells(data_root, each, name, target.columns, form) for each, name in asked.items()}
    rows = {each: file.rows for each, file in files.items()}
    if test_source is not None and _same(data_root, source, test_source, rows.values()):
        raise ValueError(f"test_source={test_source}: has the rows of {source}, which is for training")
    for each, name in asked.items():
        need(rows[each], name, "target", target.columns)
    names, answers = READERS[target.task](rows, asked, target)
    found = []
    for each, name in asked.items():
        kept, y, said = answers[each]
        read = _read(name, files[each], len(kept), target.task, said)
        found.append(Table(rows[each].loc[kept], y, torch.tensor(kept), len(rows[each]), names, read))
    return found


def _same(data_root: str, source: str, test_source: str, rows: Iterable[Any]) -> bool:
    paths = [place(name, data_root) for name in (source, test_source)]
    whole, test = rows
    return bool((paths[0] and paths[1] and paths[0].samefile(paths[1])) or whole.equals(test))


def _read(source: str, file: Cells, count: int, task: str, said: str) -> str:
    left = len(file.rows) - count
    without = "class" if task == "classification" else "target"
    parts = [
        f"{source}: {len(file.rows)} rows of {len(file.rows.columns)} columns",
        file.how,
        f"{left} left out, without a {without}" if left else "",
        said,
    ]
    return "; ".join(filter(None, parts))
