"""The cells of a CSV, TSV or Parquet file, as they are written."""

import csv
import re
import warnings
import zlib
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from textwrap import shorten
from typing import Any, NamedTuple

import numpy as np

from datasets.faults import exhausted, first_line
from datasets.optional import optional
from datasets.places import place
from datasets.text_file import NO_TEXT, SEPARATORS, NoTextError, Separator, look

NESTED = (list, tuple, dict, np.ndarray, bytes)  # what a cell of Parquet may hold, and is neither number nor word
SUFFIXES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet")


QUOTED = r'^=\(?"(.*)"\)?$'  # how Excel is told that a cell is text


class Form(NamedTuple):
    """How a file of text is written.

    Attributes:
        separator: between cells; None finds it out from the header.
        encoding: as Python names it; None is UTF-8, or UTF-16 where the file begins with its mark.
    """

    separator: Separator | None = None
    encoding: str | None = None


class Cells(NamedTuple):
    """A file's rows.

    Attributes:
        rows: a pandas.DataFrame; cells of a text file are text as it stands there, those that a short row lacks are
            missing; those of a Parquet file have their types.
        how: what was found out about the file, in words; "" if nothing.
    """

    rows: Any
    how: str


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


def cells(data_root: str, key: str, source: str, columns: Sequence[str], form: Form) -> Cells:
    """All cells of a file of one row or more.

    Args:
        data_root, key, source: see find.
        columns: that the header has, by which its separator is known.
    Raises:
        FileNotFoundError, ValueError: it is not there, or cannot be read; two columns have one name; it has no rows.
    """
    file = find(data_root, key, source, ())
    pandas = optional("pandas")
    try:
        found = _parquet(file) if source.lower().endswith(".parquet") else _text(file, columns, form)
    except (pandas.errors.EmptyDataError, StopIteration) as error:
        raise ValueError(f"{key}={source}: the file is empty") from error
    except UnicodeError as error:
        hint = "" if form.encoding else "; dataset.encoding=cp1252 reads what Excel saves in western Europe"
        raise ValueError(f"{key}={source}: cannot be read as {form.encoding or 'UTF-8'}{hint}") from error
    except LookupError as error:
        raise ValueError(
            f"encoding={form.encoding}: there is no such encoding; utf-8, cp1252 and latin-1 are"
        ) from error
    except NoTextError as error:
        hint = "; dataset.encoding=utf-16-le reads two bytes a letter" if str(error) == NO_TEXT else ""
        raise ValueError(f"{key}={source}: cannot be read as a table ({error}{hint})") from error
    except (ValueError, OSError, EOFError, zlib.error, csv.Error, pandas.errors.ParserWarning) as error:
        if exhausted(error):
            raise
        kind = "Parquet" if source.lower().endswith(".parquet") else "a table"
        raise ValueError(f"{key}={source}: cannot be read as {kind} ({first_line(error)})") from error
    found.rows.columns = found.rows.columns.map(str).str.strip()
    if not len(found.rows):
        raise ValueError(f"{key}={source}: the file has a header but no rows")
    found = _without_empty(found)
    if len(twice := found.rows.columns[found.rows.columns.duplicated()]):
        raise ValueError(f"{key}={source}: has two columns of the name {twice[0]}")
    return found


def _without_empty(found: Cells) -> Cells:
    """Without columns that have neither a name nor a value, as separators at the ends of lines leave them."""
    rows = found.rows
    nameless = [place for place, name in enumerate(rows.columns) if not name]
    empty = [place for place in nameless if (rows.iloc[:, place].fillna("") == "").all()]
    if not empty:
        return found
    kept = rows.iloc[:, [place for place in range(len(rows.columns)) if place not in empty]]
    how = f"{len(empty)} empty column{'s' * (len(empty) > 1)} without a name left out"
    return Cells(kept, ", ".join(filter(None, (found.how, how))))


def _parquet(file: Path) -> Cells:
    optional("pyarrow")
    rows = optional("pandas").read_parquet(file, engine="pyarrow")
    for name, column in rows.items():
        if odd := next((type(cell).__name__ for cell in column if isinstance(cell, NESTED)), None):
            raise ValueError(f"its column {name} holds cells of the type {odd}; must be numbers, words or dates")
    return Cells(rows.reset_index(drop=rows.index.names == [None]), "")


def _text(file: Path, columns: Sequence[str], form: Form) -> Cells:
    pandas = optional("pandas")
    written = look(file, columns, form.separator, form.encoding)
    with warnings.catch_warnings():
        warnings.simplefilter("error", pandas.errors.ParserWarning)  # it would leave out what has no header
        rows = pandas.read_csv(
            file,
            sep=SEPARATORS[written.separator],
            header=None,  # it would number names that stand there twice
            skiprows=written.skipped,
            index_col=False,
            skipinitialspace=True,
            dtype=str,
            keep_default_na=False,
            encoding=written.encoding,
        )
    header, rows = rows.iloc[0].tolist(), rows.iloc[1:].reset_index(drop=True)
    rows.columns = header
    joined = rows.eq(header).all(axis=1)
    rows = rows[~joined].reset_index(drop=True)
    if written.told:
        rows = rows.replace(QUOTED, r"\1", regex=True)
    how = [] if written.usual else [f"separated by {written.separator}"]
    if written.short:
        how.append(f"{written.short} rows end early")
    if joined.any():
        how.append(f"{joined.sum()} rows repeat the header and are left out")
    if written.breaks:
        how.append(f"{written.breaks} line breaks within cells, as where a quotation mark is not closed")
    return Cells(rows, ", ".join(how))


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
            if not match and all(re.fullmatch(r"[-+\d.,eE]*", column) for column in there):
                hint = "is its first line no header? "
            columns = shorten(", ".join(there), 300, placeholder=" ...")
            raise ValueError(f"{key}: {source} has no column {name}; {hint}columns: {columns}")
