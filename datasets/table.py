"""Tables with a column of labels, from CSV, TSV and Parquet files: what tabular.py and text.py share."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from datasets.class_names import Alike, counted, names
from datasets.columns import MISSING, Decimal, numbers, reading, words
from datasets.holdout import Parting, parted
from datasets.optional import optional
from datasets.places import place
from datasets.table_file import Cells, Form, cells, need


class Labels(NamedTuple):
    """Where classes stand, and what counts as one.

    Attributes:
        target: the column.
        unlabelled: words that mean no class, whose rows are left out; None refuses rows without a word and those with
            one of columns.MISSING.
        alike: what becomes of names that differ in case alone; see class_names.py.
        most: different names that are still taken for classes.
    """

    target: str
    unlabelled: list[str] | None
    alike: Alike
    most: int


class Table(NamedTuple):
    """Rows and their classes.

    Attributes:
        rows: a pandas.DataFrame of N rows, all columns of the source but for scikit-learn's target.
        y: (N,) int64 classes in [0, K).
        place: (N,) int64 each row's number in its source, from 0; headers and blank lines are no rows.
        size: how many rows the source has.
        classes: K names.
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
    """What comes to which side, training or test.

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
    found: Sequence[Table], source: str, test_source: str | None, target: str | None, sides: Sides
) -> tuple[Table, Table, str]:
    """The training and the test part, and how they came about, in a line.

    Args:
        found: the table, or that for training and that for testing.
        target: the column of classes.
    Raises:
        ValueError: a class has a single example; there are too few for such a split; a column is not there, or no
            order; a group is in both tables; or the test part is there, and was to be made.
    """
    if target and target in (sides.group, sides.order):
        raise ValueError(f"{'group' if target == sides.group else 'order'}={target}: is the target")
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
        group = _ranks(_whole(table.rows, str(source), "group", sides.group))
    if sides.order is not None:
        _whole(table.rows, str(source), "order", sides.order)
        order = _ranks(_in_order(table.rows[sides.order], sides.order, source, sides.decimal))
    return table._replace(group=group, order=order)


def _whole(rows: Any, source: str, key: str, name: str) -> Any:
    """The words of a column that has one in each row."""
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


def tables(data_root: str, source: str, test_source: str | None, labels: Labels, form: Form) -> list[Table]:
    """A file, and the file of the test part if there is one. Numbers of classes are the same in both.

    Args:
        data_root: where files are that are not found as given.
        source: the file.
        test_source: the file of the test part.
    Raises:
        FileNotFoundError, ValueError: a file is not there, not readable or without rows, its target is not a column of
            classes, or both are the same.
    """
    asked = {"source": source} | ({"test_source": test_source} if test_source is not None else {})
    files = {key: cells(data_root, key, name, labels.target, form) for key, name in asked.items()}
    if test_source is not None and _same(data_root, source, test_source, files):
        raise ValueError(f"test_source={test_source}: has the rows of {source}, which is for training")
    said = {key: _labelled(files[key].rows, asked[key], labels) for key in files}
    known = names(
        [word for found in said.values() for word in found], labels.alike, f"target={labels.target}: {source}"
    )
    classes = _classes([known.name[word] for word in said["source"]], source, labels)
    found = []
    for key, name in asked.items():
        kept = said[key]
        own = [known.name[word] for word in kept]
        if new := sorted(set(own) - set(classes)):
            raise ValueError(f"{key}={name}: has the class {new[0]}, of which {source} has no example")
        number = {name: k for k, name in enumerate(classes)}
        places = torch.tensor(kept.index.tolist())
        y = torch.tensor([number[word] for word in own])
        rows = files[key].rows
        read = _read(name, files[key], labels.target, own, classes, known.merged)
        found.append(Table(rows.loc[kept.index], y, places, len(rows), classes, read))
    return found


def _same(data_root: str, source: str, test_source: str, files: Mapping[str, Cells]) -> bool:
    paths = [place(name, data_root) for name in (source, test_source)]
    whole, test = (files[key].rows for key in ("source", "test_source"))
    return bool((paths[0] and paths[1] and paths[0].samefile(paths[1])) or whole.equals(test))


def _labelled(rows: Any, source: str, labels: Labels) -> Any:
    """The words of the target, without the rows that have no class."""
    need(rows, source, "target", [labels.target])
    said = words(rows[labels.target])
    none = ["", *MISSING] if labels.unlabelled is None else labels.unlabelled
    lacking = said.isin(none)
    if lacking.any() and labels.unlabelled is None:
        which = Counter(said[lacking])
        listed = ", ".join(f"'{word}' {count}" for word, count in which.most_common())
        keys = ",".join(f"'{word}'" for word in which)
        raise ValueError(
            f"target={labels.target}: no value in {lacking.sum()} of the {len(said)} rows of {source} ({listed}); "
            f"dataset.unlabelled=[{keys}] leaves them out, dataset.unlabelled=[] takes such words for classes"
        )
    kept = said[~lacking]
    if (kept == "").any():
        raise ValueError(
            f"target={labels.target}: no value in {(kept == '').sum()} of the {len(said)} rows of {source}; "
            "dataset.unlabelled=[''] leaves them out"
        )
    if not len(kept):
        raise ValueError(f"unlabelled={none}: leaves no row of {source}")
    return kept


def _classes(own: Sequence[str], source: str, labels: Labels) -> tuple[str, ...]:
    """All names in order: by value if they are numbers, else by the alphabet."""
    found = sorted(set(own))
    values = optional("pandas").to_numeric(optional("pandas").Series(found, dtype=object), errors="coerce")
    numbers = not values.isna().any()
    if len(found) > labels.most:
        what = "looks continuous, with" if numbers and (values % 1 != 0).any() else "has"
        raise ValueError(
            f"target={labels.target}: {what} {len(found)} different {'numbers' if numbers else 'words'} such as "
            f"{found[0]} in the {len(own)} rows of {source}; a classifier needs classes, and "
            f"dataset.most_classes={len(found)} takes them for such"
        )
    if len(found) == 1:
        raise ValueError(
            f"target={labels.target}: all of {source} is of the class {found[0]}; a classifier needs at least two"
        )
    return tuple(name for _, name in sorted(zip(values if numbers else found, found, strict=True)))


def _read(source: str, file: Cells, target: str, own: Sequence[str], classes: Sequence[str], merged: str) -> str:
    counts = Counter(own)
    left = len(file.rows) - len(own)
    parts = [
        f"{source}: {len(file.rows)} rows of {len(file.rows.columns)} columns",
        file.how,
        f"{left} left out, without a class" if left else "",
        f"{target}: {counted({name: counts[name] for name in classes})}",
        merged,
    ]
    return "; ".join(filter(None, parts))
