"""What a value that was read from JSON or YAML has to be: of some types, a list of such, or a group of keys.

>>> fits({"a": [1, 2.5]}, Group(List(NUMBER))), fits({"a": [None]}, Group(List(NUMBER))), fits(True, NUMBER)
(True, False, False)
"""

import re
from collections.abc import Collection, Iterable, Mapping
from math import inf
from typing import Any, NamedTuple

from runner.store.seal import DamagedError
from runner.tasks.bins import BINS, COVERED, LOSS_EDGES, PIT_BINS

Types = frozenset[type]
TEXT: Types = frozenset({str})
NUMBER: Types = frozenset({int, float})
NOTHING: Types = frozenset({type(None)})
SEED = re.compile(r"0|[1-9][0-9]{0,18}")
LARGEST = 2**63  # of whole numbers, none is
MEASURED = ("seconds", "stack_size", "peak_memory_bytes")  # of what a seed took; the first gradient may have no norm


class List(NamedTuple):
    """And what each of it has to be, and how many there are, where that is fixed."""

    of: "Shape"
    length: int | None = None


class Group(NamedTuple):
    """Keys, which are texts, and what the value of each has to be."""

    of: "Shape"


Shape = Types | List | Group
ANYTHING: Types = frozenset({str, int, float, bool, type(None), list, dict})
DIAGNOSTICS: Mapping[str, Shape] = {  # runner/parts/measures/ says what it is of; as far as pictures read it
    "recall": List(NUMBER | NOTHING), "reliability": List(List(NUMBER, 3), BINS),
    "clean_losses": List(NUMBER, len(LOSS_EDGES) - 1), "flipped_losses": List(NUMBER, len(LOSS_EDGES) - 1),
    "calibrated_reliability": List(List(NUMBER, 3), BINS), "selective": List(NUMBER, len(COVERED)),
    "predicted": List(List(NUMBER, 2)), "pit": List(NUMBER, PIT_BINS),
    "calibrator_at_bound": frozenset({bool}),
}  # fmt: skip
PROVENANCE: Mapping[str, Shape] = {"audit": TEXT, "train": Group(ANYTHING)}
TRAIN: Mapping[str, Shape] = {"class_counts": List(NUMBER)}


def fits(value: Any, shape: Shape) -> bool:
    """Is a value of a shape?"""
    if isinstance(shape, List):
        return type(value) is list and shape.length in (None, len(value)) and _all(value, shape.of)
    if isinstance(shape, Group):
        return type(value) is dict and _all(value, TEXT) and _all(value.values(), shape.of)
    return type(value) in shape and (type(value) is not int or abs(value) < LARGEST)


def _all(values: Iterable[Any], shape: Shape) -> bool:
    if isinstance(shape, frozenset):
        found = list(values)
        types = {*map(type, found)}
        return types <= shape and (int not in types or all(abs(v) < LARGEST for v in found if type(v) is int))
    return all(fits(value, shape) for value in values)


def check(found: Mapping[str, Any], shapes: Mapping[str, Shape], due: Collection[str] = ()) -> None:
    """Raise DamagedError where a key has another shape, or one of those that are due lacks."""
    for key, shape in shapes.items():
        if key in found and not fits(found[key], shape):
            raise DamagedError(f"says no {key} that can be")
        if key not in found and key in due:
            raise DamagedError(f"does not say {key}")


def check_took(took: Any) -> None:
    """Raise DamagedError where this is not what a seed took: nothing that is known, or all."""
    check({"took": took}, {"took": Group(NUMBER | NOTHING)})
    measured = [took.get(key) for key in MEASURED] if took else []
    if not all(each is not None and 0 <= each < inf for each in measured) or (took and took["stack_size"] < 1):
        raise DamagedError("says no took that can be")


def check_diagnostics(found: Mapping[str, Any]) -> None:
    """Raise DamagedError where these are no final diagnostics of a seed."""
    check(found, DIAGNOSTICS)


def check_provenance(provenance: Mapping[str, Any]) -> None:
    """Raise DamagedError where this is not what a seed was made of, as far as programs read it."""
    check(provenance, PROVENANCE)
    check(provenance.get("train", {}), TRAIN)


def seed_of(text: str) -> int:
    """A seed as a key of JSON has it, in one way alone: "01" would be one that is there twice.

    >>> seed_of("10")
    10
    """
    if not SEED.fullmatch(text):
        raise ValueError(f"{text!r} is no seed")
    return int(text)


def check_question(question: Any) -> None:
    """Raise DamagedError where this is not what a cell is asked, as far as programs read it."""
    check({"question": question}, {"question": Group(ANYTHING)})
    if _names_code(question):
        raise DamagedError("names parts as an earlier version did; python -m runner.migrate renames it")
    check(question, {"numbers": frozenset({int}), "files": Group(TEXT)})


def _names_code(node: Mapping[str, Any]) -> bool:
    """Does it say of some part where its code lies?"""
    return "_target_" in node or any(_names_code(value) for value in node.values() if isinstance(value, Mapping))
