"""What a column holds: numbers, however they are written, or categories."""

import re
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datasets.class_names import plain
from datasets.optional import optional

MISSING = ("", "?", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "None", "null", "NULL")
NO_NUMBER = {
    "-",
    "--",
    ".",
    "n.a.",
    "n.a",
    "na",
    "n/d",
    "nil",
    "none",
    "missing",
    "unknown",
    "x",
    "*",
}  # nor any odd word
FEW = 0.1  # share of a column's cells that may be no numbers
SHOWN = 3

Kind = Literal["number", "category"]
Decimal = Literal["point", "comma"]

SIGNED = r"[-+\u2212]?"
CURRENCY = "[€$£¥]|USD|EUR|GBP|CHF|JPY"
AROUND = re.compile(rf"({CURRENCY}|)\s*({SIGNED}[\d.,]*\d[\d.,]*(?:[eE][-+]?\d+)?)\s*([%‰°€$£¥]?[^\W\d_]*(?:[/^]\w+)*)")
WITH_POINT = re.compile(rf"{SIGNED}[1-9]\d{{0,2}}(,\d{{2,3}})*,\d{{3}}(\.\d*)?")  # in India every two digits
WITH_COMMA = re.compile(rf"{SIGNED}([1-9]\d{{0,2}}(\.\d{{3}})+|\d*),\d+")
POINTS = re.compile(rf"{SIGNED}[1-9]\d{{0,2}}(\.\d{{3}})+")
SHORT = re.compile(rf"{SIGNED}\d{{1,3}}")
GROUPED = re.compile(r"(\D*[1-9]\d{0,2})((?:[ \u00a0\u202f'\u2019`]\d{3})+)(?!\d)(.*)")
DATE = re.compile(r"(\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?|\d{1,2}[-/.]\d{1,2}[-/.](\d{2}|\d{4}))([T ].*)?")
BEFORE = re.compile(rf"-({CURRENCY})\s*(\d.*)")  # a sign before the unit
BEHIND = re.compile(r"\(([^()]*\d[^()]*)\)|([^-]*\d)-")  # as accounts have what is below zero
_MISSING = "|".join(map(re.escape, MISSING))
PLAIN = re.compile(rf"(?:(?:-?(?=[.\d])(?:0|[1-9]\d*)?(?:\.\d+)?(?:(?<=\d)[eE][-+]?\d+)?|{_MISSING})\n)*")
PERHAPS = re.compile(rf"(?:(?:-?[1-9]\d{{0,2}}(?:\.\d{{3}})*|0|{_MISSING})\n)*")  # points may be between thousands


class Reading(NamedTuple):
    """How the cells of a column are read.

    Attributes:
        kind: numbers or categories.
        unit: what stands around each number, before and after it.
        decimal: what divides whole numbers from fractions; the other one may part thousands.
        note: what is unusual, in words.
    """

    kind: Kind
    unit: tuple[str, str] = ("", "")
    decimal: Decimal = "point"
    note: str = ""


def reading(name: str, column: Any, asked: Kind | None, decimal: Decimal | None) -> Reading:
    """What a column is, from its cells.

    A column is of numbers if all cells but a tenth are; what is no number is missing then. Numbers may have a unit, the
    same for all, decimal commas, and marks between thousands. Numbers that begin with a zero are codes, and so
    categories.

    Args:
        name: of the column, for messages.
        column: a pandas.Series, of text or with a type of its own.
        asked: what it is to be; None finds it out.
        decimal: what divides fractions; None finds it out.
    Raises:
        ValueError: 1,234 may be either of two numbers; or it is to be of numbers and none is.
    """
    types = optional("pandas").api.types
    if asked == "category":
        return Reading("category")
    if types.is_numeric_dtype(column):  # true and false among them
        return Reading("number")
    count = Counter(words(column).tolist())  # different cells, in the order of the rows
    present = {cell: n for cell, n in count.items() if cell not in MISSING}
    if asked is None and any(re.fullmatch(r"0\d+", cell) for cell in present):
        return Reading("category", note="leading zeros")
    found = _as_number(name, present, decimal)
    read = _numbers(list(present), found)
    odd = {cell: n for (cell, n), lacks in zip(present.items(), np.isnan(read), strict=True) if lacks}
    if len(odd) == len(present):
        if asked == "number" and present:
            raise ValueError(f"kinds: column {name} holds no number, but {next(iter(present))!r}")
        return found if asked == "number" else Reading("category", note=_dated(name, present))
    told = sum(n for cell, n in odd.items() if cell.lower() not in NO_NUMBER)
    if asked is None and told > FEW * sum(present.values()):
        share = 1 - sum(odd.values()) / sum(present.values())
        units = all(AROUND.fullmatch(_tidy(cell)) for cell in present)
        note = "numbers with different units" if units else f"{share:.0%} of its cells are numbers"
        return Reading("category", note=_dated(name, present) or (note if units or share > 0.5 else ""))
    return found._replace(note=_joined(_unit(found), _odd(odd)))


def of_dates(cells: Collection[str]) -> bool:
    """Are all but a tenth of some words dates?

    >>> of_dates(["2026-01-31", "31.1.26 12:00"]), of_dates(["1.5", "x"]), of_dates([])
    (True, False, False)
    """
    return bool(cells) and sum(DATE.fullmatch(cell) is None for cell in cells) <= FEW * len(cells)


def _dated(name: str, present: Collection[str]) -> str:
    if not of_dates(present):
        return ""
    return (
        f"dates, taken for words: dataset.drop=['{name}'] leaves them out, dataset.order='{name}' tests with the last"
    )


def typed(column: Any, decimal: Decimal | None) -> Any:
    """A column as floats, if every cell is a number as programs write it, or missing; else as it is.

    It spares `reading` and `numbers` from looking at each cell of most columns.
    """
    pandas = optional("pandas")
    if decimal == "comma" or pandas.api.types.is_numeric_dtype(column):
        return column
    cells = column.tolist()
    try:
        said = "\n".join(cells) + "\n"
    except TypeError:  # not of text
        return column
    if said.count("\n") != len(cells) or not PLAIN.fullmatch(said) or ("." in said and PERHAPS.fullmatch(said)):
        return column
    found = pandas.to_numeric(np.array(cells, dtype=object), errors="coerce")  # what is missing becomes NaN
    return pandas.Series(found.astype(float), column.index)


def numbers(column: Any, read: Reading) -> Any:
    """A column of numbers as floats; NaN is missing."""
    types = optional("pandas").api.types
    if types.is_numeric_dtype(column):
        return column.astype(float)
    pandas = optional("pandas")
    places, different = pandas.factorize(words(column))
    return pandas.Series(_numbers(list(different), read)[places], column.index)


def words(column: Any) -> Any:
    """A column as text without blanks at the ends; missing cells are "", and 3.0 is "3" where numbers have a type."""
    pandas = optional("pandas")
    if not pandas.api.types.is_string_dtype(column) or column.dtype == object:
        texts = [_word(value) for value in column.tolist()]
        return pandas.Series(texts, column.index, dtype="str").where(~column.isna(), "")
    found = column.fillna("").str.strip()
    return found if found.str.isascii().all() else found.str.normalize("NFC")


def lacking(column: Any) -> Any:
    """Which cells of a column are missing."""
    types = optional("pandas").api.types
    return column.isna() if types.is_numeric_dtype(column) else words(column).isin(MISSING)


def _word(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else plain(str(value))


def _tidy(cell: str) -> str:
    """A number with a minus at its beginning, and without blanks or apostrophes between thousands.

    >>> _tidy("-$5"), _tidy("(5.50)"), _tidy("5-"), _tidy("12 345,50 kg")
    ('$-5', '-5.50', '-5', '12345,50 kg')
    """
    cell = cell.replace("\u2212", "-")
    if match := BEHIND.fullmatch(cell):
        cell = f"-{match[1] or match[2]}"
    if match := BEFORE.fullmatch(cell):
        cell = f"{match[1]}-{match[2]}"
    if match := GROUPED.fullmatch(cell):
        cell = match[1] + re.sub(r"\D", "", match[2]) + match[3]
    return cell


def _as_number(name: str, present: Mapping[str, int], decimal: Decimal | None) -> Reading:
    """How cells, of each so many, would be read as numbers."""
    found = [(match.groups(), n) for cell, n in present.items() if (match := AROUND.fullmatch(_tidy(cell)))]
    around: Counter[tuple[str, str]] = Counter()
    for (before, _, after), n in found:
        around[before, after] += n
    unit = max(sorted(around), key=around.__getitem__, default=("", ""))
    return Reading("number", unit, decimal or _decimal(name, [middle for (_, middle, _), _ in found]))


def _decimal(name: str, middles: list[str]) -> Decimal:
    """The decimal mark of numbers as they are written."""
    commas = [middle for middle in middles if "," in middle]
    point, comma = (
        sum(pattern.fullmatch(middle) is not None for middle in commas) for pattern in (WITH_POINT, WITH_COMMA)
    )
    points = [middle for middle in middles if "." in middle and "," not in middle]
    if any(not POINTS.fullmatch(middle) for middle in points):
        return "point"
    if any(middle.count(".") > 1 for middle in points):
        return "comma"
    whole = [middle for middle in middles if "." not in middle and "," not in middle]
    if points and whole and not commas and all(SHORT.fullmatch(middle) for middle in whole):
        raise ValueError(
            f"column {name} holds {points[0]} and {whole[0]}: dataset.decimal=comma takes the point for one between "
            "thousands, dataset.decimal=point for a decimal one"
        )
    if commas and point == comma == len(commas):
        raise ValueError(
            f"column {name} holds {commas[0]}: dataset.decimal=comma takes the comma for a decimal one, "
            "dataset.decimal=point for one between thousands"
        )
    return "comma" if comma > point else "point"


def _numbers(cells: list[str], read: Reading) -> NDArray[np.float64]:
    """Text as floats, NaN where it is no number."""
    lower = {cell.lower() for cell in cells if cell not in MISSING}
    if lower and lower <= {"true", "false"}:
        return np.array([{"true": 1.0, "false": 0.0}.get(cell.lower(), np.nan) for cell in cells])
    before, after = read.unit
    bare = [_bare(_tidy(cell).removeprefix(before).removesuffix(after).strip(), read.decimal) for cell in cells]
    found = optional("pandas").to_numeric(optional("pandas").Series(bare, dtype=object), errors="coerce")
    return found.to_numpy(dtype=float)


def _bare(number: str, decimal: Decimal) -> str:
    """A number with a decimal point, and nothing between thousands."""
    if decimal == "comma" and (WITH_COMMA.fullmatch(number) or POINTS.fullmatch(number)):
        return number.replace(".", "").replace(",", ".")
    if decimal == "point" and WITH_POINT.fullmatch(number):
        return number.replace(",", "")
    return number


def _unit(read: Reading) -> str:
    return _joined("".join(read.unit), "decimal comma" if read.decimal == "comma" else "")


def _odd(odd: Mapping[str, int]) -> str:
    if not odd:
        return ""
    shown = ", ".join(repr(word) for word in list(odd)[:SHOWN])
    return f"{sum(odd.values())} no number but {shown}, and missing"


def _joined(*parts: str) -> str:
    return ", ".join(filter(None, parts))
