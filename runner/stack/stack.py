"""S copies of a module as one: the seed axis."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.func import stack_module_state

from runner.contracts.seed_axis import SeedAxis
from runner.stack.compiled import compiled
from runner.stack.narrow import widened
from runner.stack.replay import Replay


class Stack(nn.Module):
    """Several copies of one module run as one; a stack of one is the module itself, without vmap.

    Every parameter and buffer of a stack of S > 1 has a leading axis of length S, and so does every gradient. What
    the copies compute cannot mix: seeds share kernels, not numbers. Matrices are kept transposed, (S, in, out): so the
    gradient of a batched product is laid out like its parameter, and neither is copied.

    Args:
        copies: S modules alike but for their numbers, with `forward(*args)` and `predict(x)`, on the device where they
            are to stay.
        compile: make one graph of a step and one of a prediction: see compiled.py.
        constant: is what they compute the same at every step, but for numbers? Then steps and predictions are
            replayed: see replay.py.
    """

    def __init__(self, copies: Sequence[nn.Module], *, compile: bool | str = False, constant: bool = False):
        super().__init__()
        self.size = len(copies)
        self.axis = SeedAxis(self.size)
        if self.size == 1:
            self.only = copies[0]
        else:
            self._code = [deepcopy(copies[0]).to("meta")]  # without the numbers; in a list, or it would be a part of us
            parameters, buffers = stack_module_state(list(copies))
            for name, value in parameters.items():
                self.register_parameter(_key(name), nn.Parameter(_turned(value.detach()).contiguous()))
            for name, value in buffers.items():
                self.register_buffer(_key(name), value)
            if constant:
                widened(self._code[0])
            self._places = list(_places(copies[0], self._code[0]))
        self._trained = tuple(self.parameters())
        self.constant = constant
        self.compute(compile=compile)

    def compute(self, *, compile: bool | str) -> None:
        """From now on steps and predictions are compiled, or replayed, or, of what is not constant, neither."""
        self.compiled = bool(compile)
        self._replay = Replay(self.code, self._own) if self.constant and not compile else None
        fast = self._replay or partial(compiled, how=compile)
        # steps are taken in training mode, predictions made in the other
        self._slopes, self._seen = fast(self._differentiated), fast(self._call)

    def forward(self, *args: Any) -> Tensor:
        """Each copy on its own slice: args (S, ...) -> (S, ...)."""
        return self._call("forward", 0, args)

    def backward(self, *args: Any) -> Tensor:
        """What forward gives, (S,), detached; the gradient of each copy's is in `grad` of the parameters."""
        objective, gradients = self._slopes(*args)
        self._keep(gradients)
        return objective

    def products(self, vectors: Sequence[Tensor], *args: Any) -> list[Tensor]:
        """The Hessian of what forward gives of each copy, times a vector over its parameters, in their order."""
        objective = self._call("forward", 0, args).sum()  # each copy's numbers move its own summand alone
        slopes = torch.autograd.grad(objective, self._trained, create_graph=True, materialize_grads=True)
        along = torch.stack([(slope * vector).sum() for slope, vector in zip(slopes, vectors, strict=True)]).sum()
        return list(torch.autograd.grad(along, self._trained, materialize_grads=True))

    def outputs(self, batch: Any) -> Tensor:
        """What each copy predicts of its batch, (S, B, H), in the mode that it is in."""
        return self._call("predict", 0, (batch.x,))

    def slopes(self, outputs: Tensor, batch: Any) -> Tensor:
        """The gradient (S, B, H) of each copy's objective with respect to its outputs."""
        outputs = outputs.detach().requires_grad_()
        (slopes,) = torch.autograd.grad(self._call("of_outputs", 0, (outputs, batch)).sum(), outputs)
        return slopes

    def pull(self, function: Callable[[Tensor], Tensor], batch: Any) -> Tensor:
        """A function of the outputs, (S, B, H) -> (S,): its value, detached; the gradient is in `grad`."""
        value = function(self.outputs(batch))
        self._keep(torch.autograd.grad(value.sum(), self._trained, allow_unused=True))
        return value.detach()

    def begin(self, epoch: int) -> None:
        """Training mode, and whatever parts of the module do before an epoch, counted from 1, in their `begin(epoch)`.

        There they can set what is the same for all copies, and change their buffers.
        """
        self.train()
        if hasattr(self.code, "begin"):
            self._begin(epoch)
        if self._replay:
            self._replay.begin()

    def predict(self, x: Tensor, *, shared: bool) -> Tensor:
        """Logits (S, M, K) for inputs (S, M, ...), or (M, ...) if all copies look at the same ones."""
        return self._seen("predict", None if shared else 0, (x,))

    def front(self, x: Tensor, *, shared: bool) -> Tensor:
        """Logits (S, P, M, K) of each of P networks that a copy lets one choose from, for the same inputs."""
        return self._call("front", None if shared else 0, (x,))

    def features(self, x: Tensor, *, shared: bool) -> Tensor:
        """Features (S, M, D) of the same inputs."""
        return self._call("features", None if shared else 0, (x,))

    def last_weight(self) -> Tensor:
        """(S, K, D) of each copy's last layer, where that is an affine map; else (S, 0, 0)."""
        return self._call("last_weight", None, ())

    def online(self) -> Tensor:
        """(S, D + 1, K) of each copy's online probe; (S, 0, 0) where there is none."""
        return self._call("online", None, ())

    def observe(self, x: Tensor) -> None:
        """Predict for inputs (S, B, ...) in training mode, for the sake of what a network keeps of them."""
        self.train()
        with torch.no_grad():
            self._call("predict", 0, (x,))

    @property
    def code(self) -> nn.Module:
        """The module that all copies are, without their numbers where there are several."""
        return self.only if self.size == 1 else self._code[0]

    def train(self, mode: bool = True) -> "Stack":
        if self.size > 1:
            self._code[0].train(mode)
        return super().train(mode)

    def copy(self, i: int) -> dict[str, Tensor]:
        """Parameters and buffers of copy `i`, by the names that they have in the module."""
        if self.size == 1:
            return self.only.state_dict()
        numbers = {name: _turned(p.detach()) for name, p in self.named_parameters()} | dict(self.named_buffers())
        return {name.replace("/", "."): value[i] for name, value in numbers.items()}

    def part(self, name: str, i: int) -> dict[str, Tensor]:
        """What `copy` gives of the part of the module that has this name, by the names within it."""
        numbers = self.copy(i)
        return {key.removeprefix(f"{name}."): n for key, n in numbers.items() if key.startswith(f"{name}.")}

    def twin(self) -> "Stack":
        """A stack of the same numbers, which are its own; nothing of it is compiled or replayed."""
        copies = []
        for i in range(self.size):
            module = deepcopy(self.code)
            if self.size > 1:
                module.to_empty(device=next(self.parameters()).device)
                numbers = self.copy(i)
                with torch.no_grad():
                    for name, number in [*module.named_parameters(), *module.named_buffers()]:
                        number.copy_(numbers[name])
            copies.append(module)
        return Stack(copies)

    def parameters_of(self, modules: Collection[str]) -> list[nn.Parameter]:
        """The parameters of modules within the code, by their names; not those of modules within them."""
        named = ((name.removeprefix("only.").replace("/", "."), p) for name, p in self.named_parameters())
        return [p for name, p in named if name.rpartition(".")[0] in modules]

    def _begin(self, epoch: int) -> None:
        module: Any = self.code

        def one(*numbers: Tensor) -> Tensor:
            with _put(self._places, numbers):
                module.begin(epoch)
            return torch.zeros(())  # vmap wants something

        with torch.no_grad():
            module.begin(epoch) if self.size == 1 else torch.vmap(one, out_dims=None)(*self._numbers())

    def _keep(self, gradients: Iterable[Tensor | None]) -> None:
        """Let them be in `grad` of the parameters."""
        for p, g in zip(self._trained, gradients, strict=True):
            # fused optimizers read a gradient of another layout wrongly, and say nothing
            p.grad = g if g is None or g.stride() == p.stride() else torch.empty_like(p).copy_(g)

    def _differentiated(self, *args: Any) -> tuple[Tensor, tuple[Tensor | None, ...]]:
        objective = self._call("forward", 0, args)
        total = objective.sum()  # of the sum, not of the mean: each copy's gradient is then its own
        return objective.detach(), torch.autograd.grad(total, self._trained, allow_unused=True)

    def _call(self, name: str, axis: int | None, args: tuple[Any, ...]) -> Tensor:
        leaves = list(_leaves(args))
        if self.size == 1:
            alone = args if axis is None else _filled(args, (leaf[0] for leaf in leaves))
            return getattr(self.only, name)(*alone)[None]
        numbers = self._numbers()

        def one(*flat: Tensor) -> Tensor:
            with _put(self._places, flat):
                return getattr(self._code[0], name)(*_filled(args, iter(flat[len(numbers) :])))

        # flat, for vmap takes a fifth of a small step to find its way through dicts and named tuples
        return torch.vmap(one, in_dims=(0,) * len(numbers) + (axis,) * len(leaves))(*numbers, *leaves)

    def _own(self) -> list[Tensor]:
        return [*self.parameters(), *self.buffers()]

    def _numbers(self) -> list[Tensor]:
        return [_turned(p) for p in self.parameters()] + list(self.buffers())


class _Place(NamedTuple):
    """Where the code looks for one of its numbers, and which of a stack's parameters and buffers, in order, that is."""

    home: dict[str, Any]
    name: str
    at: int


def _places(module: nn.Module, code: nn.Module) -> Iterator[_Place]:
    """All parameters and buffers of `code`, a copy of `module`; what has two names has two places."""
    order = {id(tensor): at for at, tensor in enumerate([*module.parameters(), *module.buffers()])}
    for kind, named in (("_parameters", module.named_parameters), ("_buffers", module.named_buffers)):
        for name, tensor in named(remove_duplicate=False):
            path, _, last = name.rpartition(".")
            yield _Place(getattr(code.get_submodule(path), kind), last, order[id(tensor)])


@contextmanager
def _put(places: Sequence[_Place], numbers: Sequence[Tensor]) -> Iterator[None]:
    """For a while the code has these numbers: torch.func.functional_call, but the places are known."""
    before = [home[name] for home, name, _ in places]
    try:
        for home, name, at in places:
            home[name] = numbers[at]
        yield
    finally:
        for (home, name, _), tensor in zip(places, before, strict=True):
            home[name] = tensor


def _leaves(arg: Any) -> Iterator[Tensor]:
    """The tensors of an argument: one, or those in tuples, named tuples and dicts."""
    if isinstance(arg, Tensor):
        yield arg
    else:
        for part in arg.values() if isinstance(arg, dict) else arg:
            yield from _leaves(part)


def _filled(arg: Any, leaves: Iterator[Tensor]) -> Any:
    """An argument with other tensors in the places of its own."""
    if isinstance(arg, Tensor):
        return next(leaves)
    if isinstance(arg, dict):
        return {key: _filled(part, leaves) for key, part in arg.items()}
    parts = [_filled(part, leaves) for part in arg]
    return type(arg)(*parts) if hasattr(arg, "_fields") else tuple(parts)


def _key(name: str) -> str:
    return name.replace(".", "/")  # no dots in a state's key


def _turned(stacked: Tensor) -> Tensor:
    """Matrices (S, a, b) as (S, b, a), anything else as it is."""
    return stacked.mT if stacked.dim() == 3 else stacked


def gradient_norms(stack: Stack) -> Tensor:
    """(S,) the norm of each seed's gradient, over all of its parameters together."""
    return stack.axis.norm([p.grad for p in stack.parameters() if p.grad is not None])


def clip_gradients(stack: Stack, limit: float) -> None:
    """Scale each seed's gradient, in place, to a norm of at most `limit`."""
    factor = (limit / (gradient_norms(stack) + 1e-6)).clamp(max=1.0)  # torch.nn.utils.clip_grad_norm_ has the same 1e-6
    for p in stack.parameters():
        if p.grad is not None:
            p.grad.mul_(stack.axis.wide(factor, p.grad))
