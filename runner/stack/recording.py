"""The kernels that a function of tensors calls: recorded once, and called again one after the other."""

import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

LITERAL = (bool, int, str, type(None))  # what source may hold as it is; an inf or a device is none of these
ATEN = torch.ops.aten
FILLED = {  # what these give is the same for the same shapes
    *(ATEN.ones_like.default, ATEN.zeros_like.default, ATEN.full_like.default, ATEN.scalar_tensor.default),
    *(ATEN.new_ones.default, ATEN.new_zeros.default, ATEN.new_full.default, ATEN.full.default),
}


UNLIKE = {  # whose gradients torch computes by another formula where calls are noted, which rounds otherwise
    *(ATEN.prod, ATEN.cumprod, ATEN._linalg_det, ATEN._linalg_slogdet, ATEN._linalg_svd),
}
DATA = {torch.Tag.data_dependent_output, torch.Tag.dynamic_output_shape, torch.Tag.nondeterministic_seeded}


class UnlikeError(Exception):
    """What is recorded is not what would be computed."""


class _Call(NamedTuple):
    """A line of a program.

    Attributes:
        target: what the kernel's result is assigned to, such as "v3" or "(v4, _, )".
        source: the call.
        made: the names in `target`.
        used: the names in `source`.
        changes: does it change one of these in place?
    """

    target: str
    source: str
    made: Sequence[str]
    used: Sequence[str]
    changes: bool


class Recording(TorchDispatchMode):
    """Within it every call of a kernel is noted; `program` makes a function of these calls.

    What autograd, torch.vmap and Python do to find out which kernels to call, the program does not do again. A tensor
    that is neither an input nor a kernel's result, such as a parameter or a buffer, is used where it lies: a program
    sees what was changed in place since, and changes it.

    Args:
        inputs: tensors that are others each time.
        numbers: those that the function may change in place.

    Attributes:
        strays: does it read or draw numbers, or change any in place that are not its own, such as an input?

    Raises:
        UnlikeError: at a kernel of UNLIKE.
    """

    def __init__(self, inputs: Sequence[Tensor], numbers: Sequence[Tensor]):
        super().__init__()
        self.strays = False
        self._open = set(map(_memory, numbers))
        self._others = set(map(_memory, inputs))  # the memory of all tensors that no kernel made here
        self._calls: list[_Call] = []
        self._names: dict[Any, tuple[weakref.ref[Tensor], str]] = {}  # by id, and by where the numbers lie
        self._fixed: dict[str, Any] = {}
        self._settled: set[str] = set()  # results that are the same at every call
        self._settled_in: set[int] = set()  # their memory
        self._settling = True  # until one of them is changed
        self._inputs = [self._call(tensor, f"x{i}") for i, tensor in enumerate(inputs)]

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func.overloadpacket in UNLIKE:
            raise UnlikeError
        named = kwargs or {}
        used: list[str] = []
        found, changes = func(*args, **named), func._schema.is_mutable
        given = [self._source(arg, used) for arg in args]
        given += [f"{key}={self._source(arg, used)}" for key, arg in named.items()]
        changed = _changed(func, args, named) if changes else set()
        self.strays |= _reads(func, args) or not self._others.isdisjoint(changed - self._open)
        same = None if changes else self._lying_at(found, args)
        if same:  # only autograd sees a difference
            self._call(found, same)
        else:
            made: list[str] = []
            target = self._target(found, made)
            self._calls.append(_Call(target, f"{self._fix(func)}({', '.join(given)})", made, used, changes))
            self._settle(func, found, self._calls[-1], changed)
        return found

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # a recording is never compiled, and torch would import its compiler, which takes a second

    def program(self, result: Any) -> Callable[..., Any]:
        """The function that was recorded, of tensors in place of its inputs, without gradients.

        Args:
            result: what it gave: a tensor, or tuples of tensors and None.
        """
        wanted: list[str] = []
        lines = [f"return {self._source(result, wanted)}"]
        later = {*wanted}
        given = not self._settled_in.isdisjoint(_memories(result))  # and who is given it may change it
        kept = set() if given else self._settled
        for call in reversed(self._calls):
            if call.changes or (later - kept) & {*call.made}:
                over = {*call.used, *call.made} - later - {*self._fixed}
                later |= {*call.used}
                lines += [f"del {', '.join(sorted(over))}"] if over else []  # its memory is free for the next kernel
                lines.append(f"{call.target} = {call.source}")
        body = "\n    ".join(reversed(lines))
        scope = dict(self._fixed)
        exec(f"def program({', '.join(self._inputs)}):\n    {body}", scope)
        program: Callable[..., Any] = torch.no_grad()(scope["program"])
        return program

    def _settle(self, func: Any, found: Any, call: _Call, changed: set[int]) -> None:
        """Note whether a call would give the same again, for then its result is kept in its place."""
        if changed & self._settled_in:
            self._settled.clear()
            self._settling = False
        settled = func in FILLED or (call.used and {*call.used} <= self._settled)
        if self._settling and settled and isinstance(found, Tensor):
            self._settled.add(call.target)
            self._settled_in.add(_memory(found))
            self._fixed[call.target] = found

    def _name(self, tensor: Tensor) -> str | None:
        reference, name = self._names.get(id(tensor), (None, None))
        return name if reference and reference() is tensor else None  # another one may have had this id

    def _lying_at(self, found: Any, args: Sequence[Any]) -> str | None:
        """The name of a tensor of whose numbers, as they lie, a result is another view."""
        if not isinstance(found, Tensor):
            return None
        place = _place(found)
        alike = (self._name(arg) for arg in args if isinstance(arg, Tensor) and _place(arg) == place)
        return self._there(place) or next(alike, None)

    def _there(self, place: Any) -> str | None:
        reference, name = self._names.get(place, (None, None))
        return name if reference and reference() is not None else None  # what is gone has left its place to others

    def _call(self, tensor: Tensor, name: str) -> str:
        own, place = (weakref.ref(tensor), name), _place(tensor)
        self._names[id(tensor)] = own
        if not self._there(place):
            self._names[place] = own
        return name

    def _fix(self, value: Any) -> str:
        name = f"c{len(self._fixed)}"
        self._fixed[name] = value
        return name

    def _source(self, value: Any, used: list[str]) -> str:
        """A value as source. The names of its tensors are added to `used`."""
        if isinstance(value, Tensor):
            name = self._name(value)
            if name is None:
                self._others.add(_memory(value))
                name = self._call(value, self._fix(value))
            used.append(name)
            return name
        if isinstance(value, tuple | list):
            parts = "".join(f"{self._source(part, used)}, " for part in value)
            return f"({parts})" if isinstance(value, tuple) else f"[{parts}]"
        return repr(value) if type(value) in LITERAL else self._fix(value)

    def _target(self, found: Any, made: list[str]) -> str:
        """What a result is assigned to. New names are added to `made`; what has a name was changed in place."""
        if isinstance(found, tuple | list):
            return f"({''.join(f'{self._target(part, made)}, ' for part in found)})"
        if not isinstance(found, Tensor) or self._name(found):
            return "_"
        made.append(self._call(found, f"v{len(self._calls)}_{len(made)}"))
        return made[-1]


def _reads(func: Any, args: Sequence[Any]) -> bool:
    """Does a kernel read a number, draw one, or give a shape that depends on numbers? Indexing does so by a mask."""
    if func is ATEN.index.Tensor:
        return any(index is not None and index.dtype in (torch.bool, torch.uint8) for index in args[1])
    return not DATA.isdisjoint(func.tags)


def _place(tensor: Tensor) -> tuple[Any, ...]:
    """Where numbers lie, and how; of what has none it is of no use."""
    place = tensor.data_ptr() or id(tensor)
    return place, tensor.shape, tensor.stride(), tensor.dtype, tensor.device, tensor.is_conj(), tensor.is_neg()


def _memory(tensor: Tensor) -> int:
    """What views of the same numbers have in common."""
    return tensor.untyped_storage()._cdata


def _changed(func: Any, args: Sequence[Any], named: Mapping[str, Any]) -> set[int]:
    """The memory of the tensors that a kernel says to change in place."""
    said = [spec for spec in func._schema.arguments if spec.alias_info and spec.alias_info.is_write]
    order = [spec.name for spec in func._schema.arguments]
    given = {**dict(zip(order, args, strict=False)), **named}
    return _memories([given.get(spec.name) for spec in said])


def _memories(value: Any) -> set[int]:
    """Of all tensors in a value."""
    if isinstance(value, tuple | list):
        return set().union(*map(_memories, value))
    return {_memory(value)} if isinstance(value, Tensor) else set()
