"""Steps without the search for their kernels: recorded, proved, then replayed."""

from collections.abc import Callable, Sequence
from functools import partial
from operator import is_
from typing import Any

import torch
from torch import Tensor, nn

from runner.stack.attributes import Attributes
from runner.stack.recording import Recording, UnlikeError


class Replay:
    """Makes functions of tensors that soon only call their kernels: neither autograd nor torch.vmap finds them anew.

    The first call with tensors of some shapes is recorded. The second goes both ways from the same numbers. Only if
    the program gives what the function gives, bit for bit, and leaves the same numbers behind, does it replace the
    function from then on.

    A program cannot see that an attribute has changed, of the module or of what it holds: submodules, their mode and
    hooks, objects and collections. So a call that changes one is never replayed, and where one has changed between
    epochs, all is recorded anew. With what cannot be looked into, such as an iterator, nothing is replayed. Neither is
    a call that changes in place what is not a number of the module, such as an input. What a function keeps in globals
    or in a closure is not seen, unless the proof shows it.

    Args:
        module: whose attributes the functions use.
        numbers: gives the parameters and buffers that they use.
    """

    def __init__(self, module: nn.Module, numbers: Callable[[], Sequence[Tensor]]):
        self.module = module
        self.numbers = numbers
        self._began = _Before(module, numbers())
        self._next: dict[Any, Callable[..., Any]] = {}  # what to do with a call, by function and shapes of its tensors

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, replayed.

        Args:
            function: of tensors in tuples, named tuples and dicts, and of names. It gives a tensor, or tuples of
                tensors and None.
        """
        return partial(self._call, function)

    def begin(self) -> None:
        """An epoch begins: what was recorded holds if no attribute has changed."""
        if not self._began.still(self.numbers()):
            self._began = _Before(self.module, self.numbers())
            self._next.clear()

    def _call(self, function: Callable[..., Any], *args: Any) -> Any:
        leaves: list[Tensor] = []
        key = function, _shapes(args, leaves)
        return self._next.get(key, self._record)(key, args, leaves)

    def _record(self, key: Any, args: Any, leaves: Sequence[Tensor]) -> Any:
        numbers = self.numbers()
        before, copies = _Before(self.module, numbers), _copies(numbers)
        try:
            with Recording(leaves, numbers) as recording:
                found = key[0](*args)
        except UnlikeError:
            _put(copies, numbers)
            self._next[key] = _compute
            return key[0](*args)
        constant = before.still(self.numbers()) and not recording.strays
        self._next[key] = partial(self._prove, recording.program(found)) if constant else _compute
        return found

    def _prove(self, program: Callable[..., Any], key: Any, args: Any, leaves: Sequence[Tensor]) -> Any:
        numbers = self.numbers()
        before = _copies(numbers)
        replayed = program(*leaves)
        after = _copies(numbers)
        _put(before, numbers)
        found = key[0](*args)
        proved = _same((replayed, *after), (found, *numbers))
        self._next[key] = (lambda key, args, leaves: program(*leaves)) if proved else _compute
        return found


class _Before:
    """A module as it was, with these numbers."""

    def __init__(self, module: nn.Module, numbers: Sequence[Tensor]):
        self.attributes = Attributes(module)
        self.numbers = numbers

    def still(self, numbers: Sequence[Tensor]) -> bool:
        """Is it as it was, and are its numbers in the same tensors?"""
        same = len(numbers) == len(self.numbers) and all(map(is_, numbers, self.numbers))
        return same and self.attributes.same()


def _compute(key: Any, args: Any, leaves: Sequence[Tensor]) -> Any:
    return key[0](*args)


def _shapes(arg: Any, leaves: list[Tensor]) -> Any:
    """What must be the same for a program to hold; the tensors are added to `leaves`."""
    if isinstance(arg, Tensor):
        leaves.append(arg)
        return arg.shape, arg.stride(), arg.dtype
    if isinstance(arg, tuple):
        return tuple(_shapes(part, leaves) for part in arg)
    return tuple((key, _shapes(part, leaves)) for key, part in arg.items()) if isinstance(arg, dict) else arg


def _copies(numbers: Sequence[Tensor]) -> list[Tensor]:
    return [number.detach().clone() for number in numbers]


def _put(copies: Sequence[Tensor], numbers: Sequence[Tensor]) -> None:
    with torch.no_grad():
        for number, copy in zip(numbers, copies, strict=True):
            number.copy_(copy)


def _same(one: Any, other: Any) -> bool:
    """Are all numbers the same? A nan is a nan."""
    if isinstance(one, tuple):
        return isinstance(other, tuple) and len(one) == len(other) and all(map(_same, one, other))
    if not isinstance(one, Tensor) or not isinstance(other, Tensor):
        return one is other
    return one.shape == other.shape and bool(((one == other) | ((one != one) & (other != other))).all())
