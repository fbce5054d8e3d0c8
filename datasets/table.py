"""Tables with a column of labels, from CSV, TSV and Parquet files: what tabular.py and text.py share."""

import warnings
import zlib
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from textwrap import shorten
from typing import Any, NamedTuple

import torch
from torch import Tensor

from datasets.faults import exhausted, first_line
from datasets.holdout import holdout
from datasets.optional import optional
from datasets.places import place

SUFFIXES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet")
MISSING = ["", "?", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "None", "null", "NULL"]
MOST = 100  # different fractions that a column of classes may hold


class Table(NamedTuple):
    """Rows and their classes.

    Attributes:
        rows: a pandas.DataFrame of N rows, all columns of the source but for scikit-learn's target.
        y: (N,) int64 classes in [0, K).
        place: (N,) int64 each row's number in its source, from 0; headers and blank lines are no rows.
        size: how many rows the source has.
        classes: K names.
    """

    rows: Any
    y: Tensor
    place: Tensor
    size: int
    classes: tuple[str, ...]


def halves(table: Table, test_size: float) -> tuple[Table, Table]:
    """The training and the test part that holdout.py makes of it.

    Raises:
        ValueError: a class has a single example, or there are too few for such a split.
    """
    places = holdout(table.y, test_size, table.classes)
    train, test = (
        table._replace(rows=table.rows.iloc[place.numpy()], y=table.y[place], place=table.place[place])
        for place in places
    )
    return train, test


def tables(
    data_root: str, *, source: str, target: str, test_source: str | None, test_size: float, text: str | None
) -> tuple[Table, Table]:
    """The training and the test part of a file, or of two.

    Args:
        data_root: where files are that are not found as given.
        source: the file.
        target: the column that holds the classes.
        test_source: the file of the test part, None to split `source`.
        test_size: share of that split, in (0, 1).
        text: a column that is text whatever it looks like, so that MISSING counts in the target only; None if all
            columns are features.
    Raises:
        FileNotFoundError, ValueError: a file is not there, not readable or without rows, or its target is not a
            column of classes.
    """
    rows = read(data_root, "source", source, target, text)
    names, classes = _classes(rows, source, target)
    if len(classes) == 1:
        raise ValueError(
            f"target={target}: all of {source} is of the class {classes[0]}; a classifier needs at least two"
        )
    whole = _table(rows, names, classes)
    if test_source is None:
        return halves(whole, test_size)
    rows = read(data_root, "test_source", test_source, target, text)
    names, others = _classes(rows, test_source, target)
    if new := [name for name in others if name not in classes]:
        raise ValueError(f"test_source={test_source}: has the class {new[0]}, of which {source} has no example")
    return whole, _table(rows, names, classes)


def _table(rows: Any, names: list[str], classes: tuple[str, ...]) -> Table:
    number = {name: k for k, name in enumerate(classes)}
    y = torch.tensor([number[name] for name in names])
    return Table(rows, y, torch.arange(len(y)), len(y), classes)


def _classes(rows: Any, source: str, target: str) -> tuple[list[str], tuple[str, ...]]:
    """The class of each row by name, and all names in order: by value if they are numbers, else by the alphabet."""
    kinds = optional("pandas").api.types
    need(rows, source, "target", [target])
    column = rows[target]
    if missing := int(column.isna().sum()):
        raise ValueError(
            f"target={target}: no value in {missing} of the {len(column)} rows of {source}; fill in or delete them "
            f"(empty, NA, None, null and ? mean none)"
        )
    if kinds.is_float_dtype(column):
        fractions = column[column % 1 != 0].unique()
        if len(fractions) > MOST:
            raise ValueError(
                f"target={target}: looks continuous, with {len(fractions)} different fractions such as {fractions[0]} "
                f"in {source}; a classifier needs classes"
            )
    names = texts(column)
    numbers = kinds.is_numeric_dtype(column) and not kinds.is_bool_dtype(column)
    return names, tuple(sorted(set(names), key=float if numbers else str))


def texts(column: Any) -> list[str]:
    """A column's values as text; missing ones are empty, and 3.0 is "3", for gaps make whole numbers fractions."""
    return [
        "" if missing else str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        for value, missing in zip(column.tolist(), column.isna(), strict=True)
    ]


def need(rows: Any, source: str, key: str, names: Iterable[str]) -> None:
    """That all these columns are there.

    Raises:
        ValueError: one is not; says which there are.
    """
    there = list(rows.columns)
    for name in names:
        if name not in there:
            match = get_close_matches(name, there, n=1, cutoff=0.5)
            hint = "".join(f"did you mean {m}? " for m in match)
            columns = shorten(", ".join(there), 300, placeholder=" ...")
            raise ValueError(f"{key}: {source} has no column {name}; {hint}columns: {columns}")


def find(data_root: str, key: str, source: str, others: Sequence[str]) -> Path:
    """The file, as given or else in data_root.

    Args:
        data_root: a folder.
        key: what `source` is an argument of, for messages.
        source: the path.
        others: what might have been meant instead of a file.
    Raises:
        FileNotFoundError: it is in neither place.
        ValueError: its ending is none of SUFFIXES.
    """
    if not source.lower().endswith(SUFFIXES):
        match = get_close_matches(source, others, n=1, cutoff=0.5)
        hint = "".join(f"; did you mean {m}?" for m in match)
        names = "".join(f"{name}, " for name in others) + "or " * bool(others)
        raise ValueError(f"{key}={source}: must be {names}a file that ends in {', '.join(SUFFIXES)}{hint}")
    file = place(source, data_root, Path.is_file)
    if file is None:
        raise FileNotFoundError(
            f"{key}={source}: there is no such file, neither here nor in {data_root} (exec.data_root)"
        )
    return file


def read(data_root: str, key: str, source: str, target: str, text: str | None) -> Any:
    """A file as a pandas.DataFrame of one row or more; its arguments and errors are those of `find` and `tables`."""
    file = find(data_root, key, source, ())
    pandas = optional("pandas")
    parquet = source.lower().endswith(".parquet")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pandas.errors.ParserWarning)  # it would leave out what has no header
            if parquet:
                optional("pyarrow")
                rows = pandas.read_parquet(file, engine="pyarrow")
            else:
                rows = pandas.read_csv(
                    file,
                    sep="\t" if source.lower().endswith((".tsv", ".tsv.gz")) else ",",
                    index_col=False,
                    skipinitialspace=True,
                    na_values=MISSING if text is None else {target: MISSING},
                    keep_default_na=False,
                    dtype=None if text is None else {text: str},
                    low_memory=False,  # else the type of a column may change on the way
                )
    except pandas.errors.EmptyDataError as error:
        raise ValueError(f"{key}={source}: the file is empty") from error
    except (ValueError, OSError, EOFError, zlib.error, pandas.errors.ParserWarning) as error:
        if exhausted(error):
            raise
        raise ValueError(
            f"{key}={source}: cannot be read as {'Parquet' if parquet else 'a table'} ({first_line(error)})"
        ) from error
    rows.columns = rows.columns.map(str)
    if not len(rows):
        raise ValueError(f"{key}={source}: the file has a header but no rows")
    if len(twice := rows.columns[rows.columns.duplicated()]):
        raise ValueError(f"{key}={source}: has two columns of the name {twice[0]}")
    return rows
