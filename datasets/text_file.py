"""How files of text are written that hold a table: their letters, and what stands between cells."""

import codecs
import csv
import gzip
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple, TextIO, cast, get_args

Separator = Literal["comma", "semicolon", "tab", "bar"]
SEPARATORS: dict[Separator, str] = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
csv.field_size_limit(2**31 - 1)  # a cell may hold a book
SAID = re.compile(r"sep=(.)\s*")  # a first line by which Excel is told the separator
PACKED = {b"PK\x03\x04": "an Excel or zip file", b"\xd0\xcf\x11\xe0": "an Excel file", b"\x1f\x8b": "packed by gzip"}
WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # how a file of two bytes a letter begins


NO_TEXT = "it holds zeros, as no text does"


class NoTextError(ValueError):
    """A file is packed, or holds what no text does."""


class Written(NamedTuple):
    """How a file is written.

    Attributes:
        encoding: as Python names it.
        separator: between cells.
        skipped: lines before the header.
        short: rows that end before the header does.
        breaks: line breaks within cells.
        told: is some cell written as Excel is told that it is text, ="012"?
        usual: is the separator the one that the file's name says?
    """

    encoding: str
    separator: Separator
    skipped: int
    short: int
    breaks: int
    told: bool
    usual: bool


def look(
    file: Path, columns: Sequence[str], separator: Separator | None = None, encoding: str | None = None
) -> Written:
    """How a file is written, from what is in it.

    Args:
        file: packed by gzip where it ends in .gz.
        columns: that its header probably has, by which the separator is known.
        separator, encoding: where they are not to be found out. UTF-8 is, with or without a mark, and UTF-16 with one.
    Raises:
        NoTextError: it is packed, or no text.
        StopIteration: it is empty.
        UnicodeError, LookupError: it is of another encoding, or there is none of that name.
        OSError, EOFError, zlib.error, csv.Error: it cannot be read.
    """
    encoding = encoding or encoding_of(file)
    _check_text(file, encoding)
    with opened(file, encoding) as text:
        said = SAID.fullmatch(text.readline())
        text.seek(0)
        found = separator or _separator(file, text, columns, said[1] if said else None)
        text.seek(0)
        skipped = [text.readline()] if said else []
        rows = csv.reader(text, delimiter=SEPARATORS[found], skipinitialspace=True)
        lengths = [len(row) if any(row) else 0 for row in rows]
        breaks = rows.line_num - len(lengths)
        text.seek(0)
        told = any('="' in line or '=("' in line for line in text)
    width = next(length for length in lengths if length)
    short = sum(0 < length < width for length in lengths)
    return Written(encoding, found, len(skipped), short, breaks, told, found == _usual(file))


def encoding_of(file: Path) -> str:
    """UTF-8, with a mark or without, or UTF-16 where the file begins with its mark."""
    with _raw(file) as raw:
        return "utf-16" if raw.read(2) in WIDE else "utf-8-sig"


def text_of(file: Path) -> str:
    """All that a file of text says.

    Raises:
        NoTextError, UnicodeError, OSError, EOFError, zlib.error: as look.
    """
    encoding = encoding_of(file)
    _check_text(file, encoding)
    with opened(file, encoding) as text:
        return text.read()


def _check_text(file: Path, encoding: str) -> None:
    """Raise NoTextError where a file begins as packed ones do, or has zeros for letters."""
    with _raw(file) as raw:
        start = raw.read(4)
    if kind := next((kind for magic, kind in PACKED.items() if start.startswith(magic)), None):
        raise NoTextError(f"it is {kind}, and no text")
    with opened(file, encoding) as text:
        for number, line in enumerate(text, 1):
            if "\0" in line:
                raise NoTextError(NO_TEXT if number == 1 else f"line {number} holds a zero, as no text does")


def _raw(file: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(file) if file.suffix.lower() == ".gz" else file.open("rb"))


@contextmanager
def opened(file: Path, encoding: str) -> Iterator[TextIO]:
    """A file of text, unpacked, as csv wants it."""
    with _raw(file) as raw, TextIOWrapper(raw, encoding, newline="") as text:
        yield text


def _usual(file: Path) -> Separator:
    return "tab" if ".tsv" in file.name.lower() else "comma"


def _separator(file: Path, text: TextIO, columns: Sequence[str], said: str | None) -> Separator:
    """The one that the file names, or that gives its header the columns; else the one that gives most cells."""
    order: list[Separator] = [_usual(file), *(name for name in get_args(Separator) if name != _usual(file))]
    found: dict[Separator, list[str]] = {}
    for name in order:
        if SEPARATORS[name] == said:
            return name
        text.seek(0)
        rows = csv.reader(text, delimiter=SEPARATORS[name], skipinitialspace=True)
        found[name] = [cell.strip() for cell in next(row for row in rows if row)]
    return max(order, key=lambda name: (sum(each in found[name] for each in columns), len(found[name])))
