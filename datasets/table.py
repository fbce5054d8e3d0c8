"""Tables with a column of labels, from CSV, TSV and Parquet files: what tabular.py and text.py share."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from datasets.class_names import Alike, counted, names
from datasets.columns import MISSING, words
from datasets.holdout import holdout
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
    """

    rows: Any
    y: Tensor
    place: Tensor
    size: int
    classes: tuple[str, ...]
    read: str = ""

    def of(self, places: Tensor) -> "Table":
        """Some of the rows."""
        return self._replace(rows=self.rows.iloc[places.numpy()], y=self.y[places], place=self.place[places])


def halves(table: Table, test_size: float) -> tuple[Table, Table]:
    """The training and the test part that holdout.py makes of it.

    Raises:
        ValueError: a class has a single example, or there are too few for such a split.
    """
    train, test = holdout(table.y, test_size, table.classes)
    return table.of(train), table.of(test)


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
