"""Labels that people gave, from a file with one row an example; nothing in the file is ever run."""

import csv
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from pickle import UnpicklingError
from textwrap import shorten
from typing import Any, Literal, NamedTuple
from zipfile import BadZipFile

import numpy as np
import torch
from torch import Tensor

from datasets.class_names import counted, plain
from datasets.faults import exhausted
from datasets.text_file import SEPARATORS, NoTextError, look, opened

FILE = "file"  # the column of the examples' names
INDEX = "index"  # the column of their numbers
ONLY = "label"  # what the column of a file without names is called
DIGITS = 18  # of a number


class LabelFileError(ValueError):
    """A file of labels is read, and says something that no label file does."""


class NoColumnError(ValueError):
    """A file of labels lacks a column; `name` says which."""

    def __init__(self, file: Path, name: str, columns: Iterable[object]):
        super().__init__(f"{file} has no column {name}; its columns are: {', '.join(map(str, columns))}")
        self.name = name


class Said(NamedTuple):
    """What a file says, row by row, as text.

    Attributes:
        labels: one a row.
        true: the classes that they should be, or None.
        names: of the examples, or None.
        numbers: of the examples, or None.
        others: the columns that are none of these, as they were read.
    """

    labels: list[str]
    true: list[str] | None
    names: list[str] | None
    numbers: list[str] | None
    others: Mapping[str, Any]


def human_labels(file: Path, column: str, clean: str | None) -> Said:
    """One column of labels, and the columns by which to know whose they are.

    Args:
        file: .pt, a torch-saved dict of arrays; .npz; .npy, an array with named fields, or a plain one, whose column is
            called "label"; .csv, .tsv, .csv.gz or .tsv.gz with a header, separated by commas, semicolons, tabs or bars.
        column: which labels.
        clean: which column holds the true classes; None for none.
    Raises:
        FileNotFoundError: there is no such file.
        NoColumnError: it has no such column.
        ValueError: it is of another format, damaged, has columns of different lengths, or something other than text
            and whole numbers in them.
    """
    if not file.is_file():
        raise FileNotFoundError(f"there is no file {file}")
    columns = _columns(file, [name for name in (column, clean, FILE, INDEX) if name])
    for name in (column, clean):
        if name is not None and name not in columns:
            raise NoColumnError(file, name, columns)
    labels = _texts(file, column, columns)
    true, names, numbers = (
        _texts(file, name, columns) if name and name in columns else None for name in (clean, FILE, INDEX)
    )
    if any(other is not None and len(other) != len(labels) for other in (true, names, numbers)):
        raise ValueError(f"{file}: its columns are not of one length")
    others = {name: values for name, values in columns.items() if name not in (column, clean, FILE, INDEX)}
    return Said(labels, true, names, numbers, others)


class Examples(NamedTuple):
    """Examples that labels are for.

    Attributes:
        y: (N,) true classes, with which a column of true classes must agree.
        classes: K names.
        numbers: (N,) each example's number in its source's order.
        size: how many examples the source has; None if that is not known.
        names: {number: name} of the examples; None if they have none.
    """

    y: Tensor
    classes: Sequence[str]
    numbers: Tensor
    size: int | None
    names: Mapping[int, str] | None


def labels_of(
    file: Path,
    column: str,
    clean: str | None,
    examples: Examples,
    *,
    first: Literal[0, 1] | None = None,
    tell: Callable[[str], object] = lambda line: None,
) -> Tensor:
    """(N,) int64 labels of one column for these examples; see human_labels.

    Which example a row is of, its column "file" says where examples have names, or else its column "index", by number;
    a file with neither has a row for every example of the source, in the source's order. A label is the name of a class
    or its number.

    Args:
        first: the number that the column "index" has for the source's first example; None is 0, and refuses numbers
            that probably begin with 1.
        tell: is told what was read, in a line.
    Raises:
        FileNotFoundError, ValueError: as human_labels. Also: an example has no row or two; a row has no example;
            without names and numbers, the number of rows is not that of the source's examples; a label is no class;
            true classes differ, as in a file for another order of the examples.
    """
    said = human_labels(file, column, clean)
    rows, by, left = _rows(file, said, examples, first)
    classes = examples.classes
    labels = _classes(file, column, [said.labels[row] for row in rows], classes)
    if clean is not None and said.true is not None:
        true = _classes(file, clean, [said.true[row] for row in rows], classes)
        if wrong := int((true != examples.y).sum()):
            raise ValueError(
                f"{file}: its true classes ({clean}) differ from the data set's in {wrong} of {len(true)} places; "
                "the file belongs to another order of the examples, or to other ones"
            )
    counts = Counter(said.labels)
    words = counted(dict(sorted(counts.items())))
    tell(f"{file}: {len(said.labels)} rows, whose by {by}{left}; {column}: {words}")
    return labels


def _rows(file: Path, said: Said, examples: Examples, first: Literal[0, 1] | None) -> tuple[list[int], str, str]:
    """The row of each example; by what it was found; and which rows are of no example that is known, in words."""
    index, size, names = examples.numbers.tolist(), examples.size, examples.names
    wanted: list[Any] = index
    keys: Sequence[Any] = range(len(said.labels))
    by, left = "their order", ""
    if names is not None and said.names is not None:
        by = f"the column {FILE}"
        wanted = [names[number] for number in index]
        keys = [plain(PurePosixPath(name.replace("\\", "/")).as_posix()) for name in said.names]
        if len(set(keys)) < len(keys):
            raise ValueError(f"{file}: its column {FILE} must hold different names, and holds {_twice(keys)} twice")
        wanted = [plain(name) for name in wanted]
        known = {plain(name) for name in names.values()}
        if others := [key for key in keys if key not in known]:
            left = f", {len(others)} of no training example, the first is {others[0]}"
    elif said.numbers is not None:
        by = f"the column {INDEX}"
        keys = _numbers(file, said.numbers, size, first)
    elif names is not None and (column := _naming(said.others, names)):
        raise ValueError(
            f"{file}: its column {column} has names of files; call it {FILE}, with names such as {names[index[0]]}"
        )
    elif size not in (None, len(keys)):
        ways = f"{FILE} or {INDEX}" if names is not None else INDEX
        raise ValueError(
            f"{file} has {len(keys)} rows and no column {ways}; without it there must be {size}, one for each example "
            "in the order of the source"
        )
    row = {key: place for place, key in enumerate(keys)}
    if lacking := [key for key in wanted if key not in row]:
        which = f"number {lacking[0]}" if wanted is index else lacking[0]
        raise ValueError(
            f"{file} has no label for {len(lacking)} of {len(wanted)} examples, the first is {which}{_broken(said)}"
        )
    return [row[key] for key in wanted], by, left


def _numbers(file: Path, said: Sequence[str], size: int | None, first: Literal[0, 1] | None) -> list[int]:
    """The examples' numbers, from 0, of a column of them."""
    must = f"{file}: its column {INDEX} must hold different numbers from 0"
    if strange := [cell for cell in said if not cell.isdecimal() or len(cell) > DIGITS]:
        raise ValueError(f"{must}, and holds {strange[0] or 'an empty field'}")
    numbers = [int(number) for number in said]
    if len(set(numbers)) < len(numbers):
        raise ValueError(f"{must}, and holds {_twice(numbers)} twice")
    lowest, highest = min(numbers), max(numbers)
    if first is None and lowest == 1 and size is not None and highest - lowest == len(numbers) - 1:
        raise ValueError(
            f"{file}: its column {INDEX} holds 1 to {highest}, and the first example is 0: noise_type.first=1 takes 1 "
            "for the first, noise_type.first=0 takes the numbers as they are"
        )
    found = [number - (first or 0) for number in numbers]
    if size is not None and not 0 <= min(found) <= max(found) < size:
        far = next(number for number, own in zip(numbers, found, strict=True) if not 0 <= own < size)
        raise ValueError(
            f"{file}: its column {INDEX} holds {far}, and examples are {first or 0} to {size - 1 + (first or 0)}"
        )
    return found


def _broken(said: Said) -> str:
    cells = (cell for column in (said.labels, said.true, said.names, said.numbers) for cell in column or ())
    return "; cells hold line breaks, as where a quotation mark is not closed" if any("\n" in c for c in cells) else ""


def _twice(keys: Sequence[Any]) -> Any:
    return next(key for key, count in Counter(keys).items() if count > 1)


def _naming(columns: Mapping[str, Any], names: Mapping[int, str]) -> str | None:
    """The first column that holds the name of an example's file, with or without its folder."""
    known = {PurePosixPath(name).name for name in names.values()}
    for column, values in columns.items():
        cells = values if isinstance(values, Sequence | np.ndarray) else ()
        if any(PurePosixPath(str(value).replace("\\", "/")).name in known for value in cells):
            return column
    return None


def _classes(file: Path, column: str, labels: list[str], classes: Sequence[str]) -> Tensor:
    """(N,) int64 classes of labels that all are names, or all numbers."""
    names = {name: k for k, name in enumerate(classes)}
    numbers = {str(k): k for k in range(len(classes))}
    readings = [[kind[label] for label in labels] for kind in (names, numbers) if kind.keys() >= set(labels)]
    if not readings:
        known = names | numbers
        strange = next((label for label in labels if label not in known), "both names and numbers")
        hint = "".join(f" (did you mean {name}?)" for name in get_close_matches(strange, classes, n=1))
        by_name = "" if names == numbers else f", or by name {shorten(', '.join(classes), 300, placeholder=' ...')}"
        raise ValueError(
            f"{file}: its column {column} holds {strange or 'an empty field'}{hint}, and classes are "
            f"0 to {len(classes) - 1}{by_name}"
        )
    if readings[0] != readings[-1]:
        both = next(label for label in labels if names[label] != numbers[label])
        raise ValueError(
            f"{file}: its column {column} holds {both}, the name of one class and the number of another; rename the "
            "classes, so that it can be told which is meant"
        )
    return torch.tensor(readings[0])


def _columns(file: Path, expected: Sequence[str]) -> Mapping[str, Any]:
    read = next((read for ending, read in READERS.items() if file.name.lower().endswith(ending)), None)
    if read is None:
        raise ValueError(f"{file} must be one of {', '.join(READERS)}")
    try:
        found = read(file, expected)
    except LabelFileError:
        raise
    except NoTextError as error:
        raise ValueError(f"{file} cannot be read as a table ({error})") from error
    except UnicodeError as error:
        raise ValueError(f"{file} is not UTF-8; save it as such") from error
    except StopIteration as error:
        raise ValueError(f"{file} is empty") from error
    except (OSError, EOFError, RuntimeError, ValueError, UnpicklingError, BadZipFile, csv.Error, zlib.error) as error:
        if exhausted(error):
            raise
        raise ValueError(f"{file} is damaged, or no plain table; what could run code is not opened") from error
    return found if isinstance(found, Mapping) else {ONLY: found}


def _torch(file: Path, expected: Sequence[str]) -> Any:
    rebuild: Any = np.empty(0).__reduce__()[0]  # what a pickled array is made with; its home moved in NumPy 2
    homes = [(rebuild, f"numpy.{core}.multiarray._reconstruct") for core in ("core", "_core")]
    whole = [type(np.dtype(code)) for code in np.typecodes["AllInteger"]]
    with torch.serialization.safe_globals([*homes, np.ndarray, np.dtype, *whole]):
        return torch.load(file, map_location="cpu", weights_only=True)


def _numpy(file: Path, expected: Sequence[str]) -> Any:
    with file.open("rb") as raw:
        found = np.load(raw, allow_pickle=False)
        if isinstance(found, np.ndarray):
            return {name: found[name] for name in found.dtype.names} if found.dtype.names else found
        return dict(found)


def _csv(file: Path, expected: Sequence[str]) -> dict[str, tuple[str, ...]]:
    written = look(file, expected)
    with opened(file, written.encoding) as text:
        lines = list(text)[written.skipped :]
        read = csv.reader(lines, delimiter=SEPARATORS[written.separator], skipinitialspace=True)
        header, *rows = [row for row in ([cell.strip() for cell in row] for row in read) if any(row)]
    if twice := next((name for name in expected if header.count(name) > 1), None):
        raise LabelFileError(f"{file} has two columns of the name {twice}")
    if odd := next((row for row in rows if len(row) != len(header)), None):
        shown = shorten(", ".join(odd), 100)
        raise LabelFileError(f"{file} is damaged: it has {len(header)} columns, and a row of {len(odd)}: {shown}")
    if not rows:
        raise LabelFileError(f"{file} has a header but no rows")
    return dict(zip(header, zip(*rows, strict=True), strict=True))


READERS: dict[str, Callable[[Path, Sequence[str]], Any]] = {
    ".pt": _torch,
    ".npz": _numpy,
    ".npy": _numpy,
    ".csv": _csv,
    ".csv.gz": _csv,
    ".tsv": _csv,
    ".tsv.gz": _csv,
}


def _texts(file: Path, name: str, columns: Mapping[str, Any]) -> list[str]:
    try:
        array = np.asarray(columns[name])
    except (ValueError, TypeError, RuntimeError) as error:  # rows of different lengths; what NumPy has no type for
        if exhausted(error):
            raise
        raise ValueError(f"{file}: its column {name} must hold one whole number or text a row") from error
    if array.squeeze().ndim > 1:
        raise ValueError(f"{file}: its column {name} must hold one value a row, and has shape {array.shape}")
    if array.dtype.kind not in "iuU":
        raise ValueError(f"{file}: its column {name} must hold whole numbers or text, not {array.dtype}")
    return [plain(str(value)) for value in array.reshape(-1).tolist()]
