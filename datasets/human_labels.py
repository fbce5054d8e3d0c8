"""Labels that people gave, from a file with one row an example; nothing in the file is ever run."""

import csv
import gzip
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, TextIO, cast
from zipfile import BadZipFile

import numpy as np
import torch
from torch import Tensor

INDEX = "index"  # the column of the examples' numbers
ONLY = "label"  # what the column of a file without names is called


def human_labels(file: Path, column: str, clean: str | None) -> tuple[Tensor, Tensor, Tensor | None]:
    """One column of labels, the examples that they belong to, and their true classes.

    Args:
        file: .pt, a torch-saved dict of arrays; .npz; .npy, an array with named fields, or a plain one, whose column is
            called "label"; .csv or .csv.gz with a header. A column "index" holds the examples' numbers in their
            source's order; without it the rows are in that order.
        column: which labels.
        clean: which column holds the true classes; None for none.
    Returns:
        (N,) int64 labels, (N,) int64 numbers of the examples, (N,) int64 true classes or None.
    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is of another format, damaged, has no such column, columns of different lengths, something other
            than whole numbers in them, or an example's number twice.
    """
    if not file.is_file():
        raise FileNotFoundError(f"there is no file {file}")
    columns = _columns(file)
    for name in (column, clean):
        if name is not None and name not in columns:
            raise ValueError(f"{file} has no column {name}; its columns are: {', '.join(map(str, columns))}")
    labels = _whole(file, column, columns[column])
    index = _whole(file, INDEX, columns[INDEX]) if INDEX in columns else torch.arange(len(labels))
    true = None if clean is None else _whole(file, clean, columns[clean])
    if len(index) != len(labels) or (true is not None and len(true) != len(labels)):
        raise ValueError(f"{file}: its columns are not of one length")
    if len(index.unique()) != len(index) or (index < 0).any():
        raise ValueError(f"{file}: its column {INDEX} must hold different numbers from 0")
    return labels, index, true


def labels_of(file: Path, column: str, clean: str | None, source_index: Tensor, y: Tensor) -> Tensor:
    """(N,) int64 labels of one column for the examples of these numbers; see human_labels.

    Args:
        source_index: (N,) each example's number in its source's order.
        y: (N,) true classes, with which the column `clean` must agree.
    Raises:
        FileNotFoundError, ValueError: as human_labels; or an example has no label, or true classes differ, as they do
            where a file belongs to another order of the examples.
    """
    labels, index, true = human_labels(file, column, clean)
    row = torch.full((1 + max(int(index.max()), int(source_index.max())),), -1)
    row[index] = torch.arange(len(index))
    rows = row[source_index]
    lacking = source_index[rows < 0]
    if len(lacking):
        raise ValueError(
            f"{file} has no label for {len(lacking)} of {len(y)} examples, the first is number {lacking[0]}"
        )
    if true is not None and (wrong := int((true[rows] != y).sum())):
        raise ValueError(
            f"{file}: its true classes ({clean}) differ from the data set's in {wrong} of {len(y)} places; "
            "the file belongs to another order of the examples, or to other ones"
        )
    return labels[rows]


def _columns(file: Path) -> Mapping[str, Any]:
    read = next((read for ending, read in READERS.items() if file.name.endswith(ending)), None)
    if read is None:
        raise ValueError(f"{file} must be one of {', '.join(READERS)}")
    try:
        found = read(file)
    except (OSError, EOFError, RuntimeError, ValueError, UnpicklingError, BadZipFile, csv.Error, zlib.error) as error:
        raise ValueError(
            f"{file} is damaged, or no plain table of numbers; what could run code is not opened"
        ) from error
    return found if isinstance(found, Mapping) else {ONLY: found}


def _torch(file: Path) -> Any:
    rebuild: Any = np.empty(0).__reduce__()[0]  # what a pickled array is made with; its home moved in NumPy 2
    homes = [(rebuild, f"numpy.{core}.multiarray._reconstruct") for core in ("core", "_core")]
    whole = [type(np.dtype(code)) for code in np.typecodes["AllInteger"]]
    with torch.serialization.safe_globals([*homes, np.ndarray, np.dtype, *whole]):
        return torch.load(file, map_location="cpu", weights_only=True)


def _numpy(file: Path) -> Any:
    with file.open("rb") as raw:
        found = np.load(raw, allow_pickle=False)
        if isinstance(found, np.ndarray):
            return {name: found[name] for name in found.dtype.names} if found.dtype.names else found
        return dict(found)


def _csv(file: Path) -> dict[str, tuple[str, ...]]:
    opened = gzip.open if file.suffix == ".gz" else open
    with cast(TextIO, opened(file, "rt", newline="", encoding="utf-8-sig")) as text:
        header, *rows = [row for row in csv.reader(text) if row]
    return dict(zip(header, zip(*rows, strict=True), strict=True))


READERS: dict[str, Callable[[Path], Any]] = {
    ".pt": _torch,
    ".npz": _numpy,
    ".npy": _numpy,
    ".csv": _csv,
    ".csv.gz": _csv,
}


def _whole(file: Path, name: str, values: Any) -> Tensor:
    try:
        array = np.asarray(values)
        if array.dtype.kind not in "iuU":  # U: a CSV's text
            raise ValueError(f"{array.dtype}")
        return torch.from_numpy(array.astype(np.int64).reshape(-1))
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{file}: its column {name} must hold whole numbers ({error})") from error
