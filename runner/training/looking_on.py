"""Who looks on while a stack is evaluated.

`show_test` is called with names alone and changes nothing that it is shown, so that a call of it is no part of the code
that results are compared by: runner/nodes/code_hash.py passes over it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from torch import Tensor

from runner.contracts.measures import Measures

Onlooker = Callable[[Measures, Any, Tensor], None]
_ONLOOKER: ContextVar[Onlooker | None] = ContextVar("onlooker", default=None)


@contextmanager
def looking_on(onlooker: Onlooker) -> Iterator[None]:
    """Within, `onlooker` is shown what `show_test` is."""
    token = _ONLOOKER.set(onlooker)
    try:
        yield
    finally:
        _ONLOOKER.reset(token)


def show_test(measures: Measures, seen: Any, targets: Tensor) -> None:
    """A stack was tested: the outcomes of its test examples, and their targets (S, M, ...)."""
    if onlooker := _ONLOOKER.get():
        onlooker(measures, seen, targets)
