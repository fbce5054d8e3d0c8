"""Labels of which an example may have several: a column each, or one column of words."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from datasets.class_names import counted, names
from datasets.columns import words
from datasets.table_classes import check_known, in_order
from datasets.table_target import Answers, Target, told

BITS = {"1": 1.0, "1.0": 1.0, "true": 1.0, "yes": 1.0, "0": 0.0, "0.0": 0.0, "false": 0.0, "no": 0.0}
MARKS = {"|": "bars", ";": "semicolons", ",": "commas", " ": "blanks"}  # between words: the first that is there

Found = tuple[tuple[str, ...], dict[str, Answers]]


def labels(rows: Mapping[str, Any], asked: Mapping[str, str], target: Target) -> Found:
    """Names of L labels, and which of them the rows of each file have, (N, L) float32 of 0 and 1.

    A list of columns has a label each, named as the column, with 1 or 0, true or false, yes or no in its cells, in any
    case. A single column has words: all that a row has, with one mark between them, which is the first of | ; , and a
    blank that is in the column; an empty cell has none.

    Args:
        rows, asked: as table_classes.classes has them.
    Raises:
        ValueError: a cell says neither, a row is not told, there are too many words or none, all rows have a label or
            none has, or the second file has words of its own.
    """
    found, answers = (_columns if target.listed else _words)(rows, asked, target)
    key, source = next(iter(asked.items()))
    for name, share in zip(found, answers[key].y.mean(0).tolist(), strict=True):
        if share in (0, 1):
            of, which = ", ".join(target.columns), "every" if share else "no"
            raise ValueError(
                f"target={of}: {which} row of {source} has the label {name}, which leaves nothing to learn"
            )
    return found, answers


def _columns(rows: Mapping[str, Any], asked: Mapping[str, str], target: Target) -> Found:
    answers = {}
    for key, source in asked.items():
        kept = told(rows[key], source, target)
        columns = [_bits(words(rows[key][name]).iloc[kept], name, source) for name in target.columns]
        answers[key] = _answers(kept, torch.tensor(columns).T.contiguous(), target.columns, "")
    return target.columns, answers


def _bits(column: Any, name: str, source: str) -> list[float]:
    said = [word.lower() for word in column]
    if wrong := [place for place, word in enumerate(said) if word not in BITS]:
        raise ValueError(
            f"target={name}: row {column.index[wrong[0]]} of {source} holds {column.iloc[wrong[0]]!r}; must be 1 or 0, "
            "true or false, yes or no, in a list of columns of labels; a single column, no list, may hold words"
        )
    return [BITS[word] for word in said]


def _words(rows: Mapping[str, Any], asked: Mapping[str, str], target: Target) -> Found:
    (column,) = target.columns
    key, source = next(iter(asked.items()))
    kept = {each: told(rows[each], name, target, empty=True) for each, name in asked.items()}
    cells = {each: words(rows[each][column]).iloc[kept[each]].tolist() for each in asked}
    mark = next((mark for mark in MARKS if any(mark in cell for cell in cells[key])), "")
    said = {each: [_parts(cell, mark) for cell in own] for each, own in cells.items()}
    every = [word for own in said.values() for row in own for word in row]
    known = names(every, target.alike, f"target={column}: {source}")
    found = in_order({known.name[word] for row in said[key] for word in row})
    _check_count(found, column, source, target.most)
    number = {name: k for k, name in enumerate(found)}
    how = "; ".join(filter(None, (f"words of {column} parted by {MARKS[mark]}" if mark else "", known.merged)))
    answers = {}
    for each, own in said.items():
        check_known([known.name[w] for row in own for w in row], found, f"{each}={asked[each]}", "label", source)
        y = torch.zeros(len(own), len(found))
        for bits, row in zip(y, own, strict=True):
            bits[[number[known.name[word]] for word in row]] = 1
        answers[each] = _answers(kept[each], y, found, how)
    return found, answers


def _parts(cell: str, mark: str) -> list[str]:
    return [word for part in (cell.split(mark) if mark else [cell]) if (word := part.strip())]


def _check_count(found: Sequence[str], column: str, source: str, most: int) -> None:
    if not found:
        raise ValueError(f"target={column}: no row of {source} has a word")
    if len(found) > most:
        raise ValueError(
            f"target={column}: has {len(found)} different words such as {found[0]} in {source}; "
            f"dataset.most_classes={len(found)} takes them for labels"
        )


def _answers(kept: list[int], y: torch.Tensor, found: Sequence[str], how: str) -> Answers:
    counts = Counter(dict(zip(found, y.sum(0).int().tolist(), strict=True)))
    none = int((y.sum(1) == 0).sum())
    parts = (counted(counts, "labels"), f"{none} rows without any" if none else "", how)
    return Answers(kept, y, "; ".join(filter(None, parts)))
