"""A column of a table that says which environment, or which group of people, each row is from."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from datasets.environments.left_out import LeaveOut, fitted, left_out
from datasets.split import Split
from datasets.table import Sides, Table, halves, whole
from datasets.table_classes import in_order

MOST = 100  # environments; more are numbers or identifiers, which say of no row where it is from


class Environments(NamedTuple):
    """Which column says it, and what becomes of one of its environments.

    Attributes:
        column: its name; None where nothing says so.
        how: which environment is left out of training and what models are chosen by; None leaves out none.
    """

    column: str | None
    how: LeaveOut | None


class Parts(NamedTuple):
    """A training and a test part.

    Attributes:
        train, test: their rows.
        said: how they came about, a line each.
        domain: (N,) int64 the environment of each training row, by number; None where no column says it.
        test_domain: (M,) int64 the same of the test rows; None, too, where they are one environment that was left out.
        validation: see Split.validation.
        fitted: those training rows that statistics are of; None: all.
    """

    train: Table
    test: Table
    said: tuple[str, ...]
    domain: Tensor | None = None
    test_domain: Tensor | None = None
    validation: Tensor | None = None
    fitted: Tensor | None = None


def divided(
    found: Sequence[Table], source: str, test_source: str | None, target: Sequence[str], sides: Sides, by: Environments
) -> Parts:
    """Both parts of a table, and the environments of their rows.

    Args:
        found, source, test_source, target, sides: see halves of table.py.
        by: see above.
    Raises:
        ValueError: as halves and left_out; a row has no environment; the column is the target or has one value; or
            something else says which rows are for testing, too.
    """
    if by.column is None:
        if by.how is not None:
            raise ValueError(f"held_out={by.how.held_out}: environment must name the column that has such values")
        train, test, said = halves(found, source, test_source, target, sides)
        return Parts(train, test, (said,) if said else ())
    if by.column in target:
        raise ValueError(f"environment={by.column}: is the target")
    if by.how is not None:
        return _one_left_out(found[0], source, test_source, sides, by.column, by.how)
    train, test, said = halves(found, source, test_source, target, sides)
    own, others = (whole(table.rows, source, "environment", by.column).tolist() for table in (train, test))
    names = _names(by.column, source, [*own, *others])
    told = f"environments of {by.column}: {_counted(own, names)} for training, {_counted(others, names)} for testing"
    return Parts(train, test, (said, told) if said else (told,), _numbers(own, names), _numbers(others, names))


def _one_left_out(
    table: Table, source: str, test_source: str | None, sides: Sides, column: str, how: LeaveOut
) -> Parts:
    others = {"test_source": test_source, "group": sides.group, "order": sides.order, "fold": sides.parting.fold}
    if said := [f"{key}={value}" for key, value in others.items() if value is not None]:
        raise ValueError(f"held_out={how.held_out}: says which rows are for testing, and goes without {said[0]}")
    each = whole(table.rows, source, "environment", column).tolist()
    names = _names(column, source, each)
    places = torch.arange(len(each))
    split = Split(
        places, table.y, places[:0], table.y[:0], table.classes, torch.zeros(1), torch.ones(1),
        domain=_numbers(each, names),
    )  # fmt: skip
    dealt = left_out(split, names, how)
    return Parts(
        table.of(dealt.x), table.of(dealt.test_x), dealt.read, domain=dealt.domain, validation=dealt.validation,
        fitted=fitted(dealt),
    )  # fmt: skip


def _names(column: str, source: str, each: Sequence[str]) -> tuple[str, ...]:
    names = in_order(set(each))
    if not 2 <= len(names) <= MOST:
        found = f"the value {names[0]} alone" if len(names) == 1 else f"{len(names)} different values"
        raise ValueError(f"environment={column}: has {found} in {source}; must have 2 to {MOST}")
    return names


def _numbers(each: Sequence[str], names: Sequence[str]) -> Tensor:
    number = {name: k for k, name in enumerate(names)}
    return torch.tensor([number[name] for name in each])


def _counted(each: Sequence[str], names: Sequence[str]) -> str:
    counts: Any = Counter(each)
    return ", ".join(f"{name} {counts[name]}" for name in names if counts[name])
