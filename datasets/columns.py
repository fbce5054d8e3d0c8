"""What a column holds: numbers, however they are written, or categories."""

import re
from typing import Any, Literal, NamedTuple

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
APART = r"(?<=\d)['\u2019` \u00a0\u202f](?=\d{3}(?!\d))"  # between thousands
WITH_POINT = re.compile(rf"{SIGNED}\d{{1,3}}(,\d{{3}})+(\.\d*)?")
WITH_COMMA = re.compile(rf"{SIGNED}(\d{{1,3}}(\.\d{{3}})+|\d*),\d+")
POINTS = re.compile(rf"{SIGNED}\d{{1,3}}(\.\d{{3}})+")


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
    present = _present(words(column)).str.replace(APART, "", regex=True)
    if asked is None and present.str.fullmatch(r"0\d+").any():
        return Reading("category", note="leading zeros")
    plainly = decimal != "comma" and _plain(present).notna().all()
    found = Reading("number") if plainly else _as_number(name, present, decimal)
    odd = present[_numbers(present, found).isna()]
    told = odd[~odd.str.lower().isin(NO_NUMBER)]
    if not len(present) or len(odd) == len(present):
        if asked == "number" and len(present):
            raise ValueError(f"kinds: column {name} holds no number, but {present.iloc[0]!r}")
        return found if asked == "number" else Reading("category")
    if asked is None and len(told) > FEW * len(present):
        share = 1 - len(odd) / len(present)
        units = sum(AROUND.fullmatch(cell) is not None for cell in present) == len(present)
        note = "numbers with different units" if units else f"{share:.0%} of its cells are numbers"
        return Reading("category", note=note if units or share > 0.5 else "")
    return found._replace(note=_joined(_unit(found), _odd(odd)))


def numbers(column: Any, read: Reading) -> Any:
    """A column of numbers as floats; NaN is missing."""
    types = optional("pandas").api.types
    if types.is_numeric_dtype(column):
        return column.astype(float)
    return _numbers(words(column), read)


def words(column: Any) -> Any:
    """A column as text without blanks at the ends; missing cells are "", and 3.0 is "3" where numbers have a type."""
    pandas = optional("pandas")
    if not pandas.api.types.is_string_dtype(column) or column.dtype == object:
        texts = [_word(value) for value in column.tolist()]
        return pandas.Series(texts, column.index, dtype="str").where(~column.isna(), "")
    found = column.fillna("").str.strip()
    return found if found.str.isascii().all() else found.str.normalize("NFC")


def _word(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else plain(str(value))


def _present(cells: Any) -> Any:
    return cells[~cells.isin(MISSING)]


def _as_number(name: str, present: Any, decimal: Decimal | None) -> Reading:
    """How cells would be read as numbers."""
    parts = [match.groups() for cell in present if (match := AROUND.fullmatch(cell))]
    around = [(before, after) for before, _, after in parts]
    unit = max(sorted(set(around)), key=around.count, default=("", ""))
    middles = [middle for _, middle, _ in parts]
    return Reading("number", unit, decimal or _decimal(name, middles))


def _decimal(name: str, middles: list[str]) -> Decimal:
    """The decimal mark of numbers as they are written."""
    commas = [middle for middle in middles if "," in middle]
    point, comma = (
        sum(pattern.fullmatch(middle) is not None for middle in commas) for pattern in (WITH_POINT, WITH_COMMA)
    )
    if any("." in middle and not POINTS.fullmatch(middle) for middle in middles if "," not in middle):
        return "point"
    if commas and point == comma == len(commas):
        raise ValueError(
            f"column {name} holds {commas[0]}: dataset.decimal=comma takes the comma for a decimal one, "
            "dataset.decimal=point for one between thousands"
        )
    return "comma" if comma > point else "point"


def _plain(cells: Any) -> Any:
    """Floats that are written as Python writes them; NaN is anything else."""
    return optional("pandas").to_numeric(cells, errors="coerce").astype(float)


def _numbers(cells: Any, read: Reading) -> Any:
    """Text as floats, NaN where it is no number."""
    found = _plain(cells)
    left = cells[~cells.isin(MISSING) & (found.isna() if read.decimal == "point" else True)]
    if not len(left):
        return found
    lower = left.str.lower()
    if len(left) == (~cells.isin(MISSING)).sum() and lower.isin(("true", "false")).all():
        return found.where(~found.index.isin(left.index), (lower == "true").astype(float).reindex(found.index))
    before, after = read.unit
    bare = left.str.removeprefix(before).str.removesuffix(after).str.strip()
    bare = bare.str.replace(APART, "", regex=True).str.replace("\u2212", "-", regex=False)
    if read.decimal == "comma":
        comma = bare.str.fullmatch(WITH_COMMA.pattern) | bare.str.fullmatch(POINTS.pattern)
        changed = bare.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
        bare = bare.where(~comma, changed)
    else:
        bare = bare.where(~bare.str.fullmatch(WITH_POINT.pattern), bare.str.replace(",", "", regex=False))
    found.loc[left.index] = _plain(bare)
    return found


def _unit(read: Reading) -> str:
    return _joined("".join(read.unit), "decimal comma" if read.decimal == "comma" else "")


def _odd(odd: Any) -> str:
    if not len(odd):
        return ""
    shown = ", ".join(repr(word) for word in list(dict.fromkeys(odd))[:SHOWN])
    return f"{len(odd)} no number but {shown}, and missing"


def _joined(*parts: str) -> str:
    return ", ".join(filter(None, parts))
