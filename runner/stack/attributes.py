"""What a module holds besides its numbers, and whether it is still that."""

from collections.abc import Iterable
from functools import partial
from operator import is_
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import torch
from torch import Tensor

NUMBERS = ("_parameters", "_buffers")  # of a module
PLAIN = (bool, int, float, str, type(None))
COLLECTIONS = (dict, list, tuple, set, frozenset)
FIXED = (Tensor, FunctionType, MethodType, BuiltinFunctionType, ModuleType, type, partial, torch.dtype, torch.device)


class Attributes:
    """All that an object holds, as it is now: its attributes, and what these hold in turn.

    Tensors, functions and types are not looked into. With what nobody can look into, such as an iterator, nothing is
    ever said to be as it was.
    """

    def __init__(self, whose: Any):
        self._before: dict[int, tuple[Any, tuple[Any, ...]]] = {}  # what holds something, by its id, and what
        self._empty: list[Any] = []  # collections, which a module has many of: hooks
        self._known = self._look(whose)

    def same(self) -> bool:
        """Is all of it as it was?"""
        return (
            self._known
            and not any(self._empty)
            and all(_same(_held(holder), held) for holder, held in self._before.values())
        )

    def _look(self, value: Any) -> bool:
        """Note what a value holds, and what that holds. Can all of it be looked into?"""
        if isinstance(value, (*PLAIN, *FIXED)) or type(value) is object or id(value) in self._before:
            return True
        if isinstance(value, COLLECTIONS) and not value:
            self._empty.append(value)
            return True
        held = _held(value)
        self._before[id(value)] = value, held
        return bool(held) and all(self._look(part) for part in _parts(value))


def _held(value: Any) -> tuple[Any, ...]:
    """The type of a value and what it holds, () where it cannot be looked into."""
    if isinstance(value, list | tuple | set | frozenset):
        return type(value), *value
    held = value if isinstance(value, dict) else getattr(value, "__dict__", None)
    return () if held is None else (type(value), *held, *held.values())


def _parts(value: Any) -> Iterable[Any]:
    """What is to be looked into of what a value holds: of a module not its numbers."""
    if isinstance(value, list | tuple | set | frozenset):
        return value
    held = value if isinstance(value, dict) else value.__dict__
    return [part for key, part in held.items() if key not in NUMBERS]


def _same(now: tuple[Any, ...], before: tuple[Any, ...]) -> bool:
    """Are these the same objects, or equal numbers and texts?"""
    if len(now) != len(before):
        return False
    if all(map(is_, now, before)):
        return True
    return all(a is b or (type(a) is type(b) and type(a) in PLAIN and a == b) for a, b in zip(now, before, strict=True))
