"""S copies of a module as one: the seed axis."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state
from torch.utils._pytree import tree_map


class Stack(nn.Module):
    """Several copies of one module run as one; a stack of one is the module itself, without vmap.

    Every parameter and buffer of a stack of S > 1 has a leading axis of length S, and so does every gradient. What
    the copies compute cannot mix: seeds share kernels, not numbers.

    Args:
        copies: S modules alike but for their numbers, with `forward(*args)` and `predict(x)`.
        compile: trace the step and the prediction with torch.compile.
    """

    def __init__(self, copies: Sequence[nn.Module], *, compile: bool = False):
        super().__init__()
        self.size = len(copies)
        self._run = torch.compile(self._call, dynamic=False) if compile else self._call
        if self.size == 1:
            self.only = copies[0]
            return
        parameters, buffers = stack_module_state(list(copies))
        self._names = {name.replace(".", "/"): name for name in [*parameters, *buffers]}  # no dots in a state's key
        frame = _ByName(deepcopy(copies[0])).to("meta")  # the code without the numbers
        self._frame = [frame]  # in a list, or its parameters would count as ours
        for name, value in parameters.items():
            self.register_parameter(name.replace(".", "/"), nn.Parameter(value.detach()))
        for name, value in buffers.items():
            self.register_buffer(name.replace(".", "/"), value)

    def forward(self, *args: Any) -> Tensor:
        """Each copy on its own slice: args (S, ...) -> (S, ...)."""
        return self._run("forward", 0, args)

    def predict(self, x: Tensor, *, shared: bool) -> Tensor:
        """Logits (S, M, K) for inputs (S, M, ...), or (M, ...) if all copies look at the same ones."""
        return self._run("predict", None if shared else 0, (x,))

    def train(self, mode: bool = True) -> "Stack":
        if self.size > 1:
            self._frame[0].train(mode)
        return super().train(mode)

    def seed_axis(self, tensor: Tensor) -> Tensor:
        """A parameter, buffer or gradient of this stack with its seed axis, also where S is 1."""
        return tensor[None] if self.size == 1 else tensor

    def _call(self, name: str, axis: int | None, args: tuple[Any, ...]) -> Tensor:
        if self.size == 1:
            alone = args if axis is None else tree_map(lambda t: t[0], args)
            return getattr(self.only, name)(*alone)[None]
        parameters: dict[str, Tensor] = {f"module.{self._names[k]}": v for k, v in self.named_parameters()}
        buffers = {f"module.{self._names[k]}": v for k, v in self.named_buffers()}

        def one(parameters: dict[str, Tensor], buffers: dict[str, Tensor], args: tuple[Any, ...]) -> Tensor:
            return functional_call(self._frame[0], (parameters, buffers), (name, *args))

        return torch.vmap(one, in_dims=(0, 0, axis))(parameters, buffers, args)


class _ByName(nn.Module):
    """Any method of a module, reached through forward: functional_call knows no other door."""

    def __init__(self, module: nn.Module):
        super().__init__()
        self.module = module

    def forward(self, name: str, *args: Any) -> Any:
        return getattr(self.module, name)(*args)


def gradient_norms(stack: Stack) -> Tensor:
    """(S,) the norm of each seed's gradient, over all of its parameters together."""
    gradients = [stack.seed_axis(p.grad) for p in stack.parameters() if p.grad is not None]
    return torch.stack([g.flatten(1).norm(dim=1) for g in gradients]).norm(dim=0)


def clip_gradients(stack: Stack, limit: float) -> None:
    """Scale each seed's gradient, in place, to a norm of at most `limit`."""
    factor = (limit / (gradient_norms(stack) + 1e-6)).clamp(max=1.0)  # torch.nn.utils.clip_grad_norm_ has the same 1e-6
    for p in stack.parameters():
        if p.grad is not None:
            g = stack.seed_axis(p.grad)
            g.mul_(factor.view(-1, *[1] * (g.dim() - 1)))


def seeded(make: Callable[[], nn.Module], generator: torch.Generator) -> nn.Module:
    """What `make` builds when torch's global generator stands where `generator` does; the global one is left alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(generator.initial_seed())
        return make()
