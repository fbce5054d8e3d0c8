"""What an optimizer asks the objective for within a step, counted."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from runner.data.loader import Batch
from runner.stack.stack import Stack, clip_gradients, gradient_norms


class Oracle:
    """The objective of a stack on the batches of one step after the other: see runner.contracts.optimizer.Gradients.

    Args:
        limit: largest norm of a seed's gradient, None for any.

    Attributes:
        gradients: of the stack so far, a product with the Hessian counted as two; a seed has had as many.
        forwards: forward passes so far without a gradient.
        initial_norm: (S,) of the first gradient of all, before any clipping; None before it.
    """

    def __init__(self, stack: Stack, limit: float | None = None):
        self.stack = stack
        self.limit = limit
        self.gradients = self.forwards = 0
        self.initial_norm: Tensor | None = None
        self._batches: Sequence[Batch] = ()
        self._seen: set[int] = set()

    def begin(self, batches: Sequence[Batch]) -> None:
        """A step on these batches begins."""
        self._batches = batches
        self._seen.clear()

    def __len__(self) -> int:
        return len(self._batches)

    def __call__(self, i: int = 0) -> Tensor:
        self.gradients += 1
        with self._kept(i):
            objective = self.stack.backward(self._batches[i])
        if self.initial_norm is None:
            self.initial_norm = gradient_norms(self.stack)
        self._clip()
        return objective

    def value(self, i: int = 0) -> Tensor:
        self.forwards += 1
        with self._kept(i), torch.no_grad():
            return self.stack(self._batches[i])

    def outputs(self, i: int = 0) -> Tensor:
        self.forwards += 1
        with self._kept(i), torch.no_grad():
            return self.stack.outputs(self._batches[i])

    def slopes(self, outputs: Tensor, i: int = 0) -> Tensor:
        with self._kept(i):
            return self.stack.slopes(outputs, self._batches[i])

    def pull(self, function: Callable[[Tensor], Tensor], i: int = 0) -> Tensor:
        self.gradients += 1
        with self._kept(i):
            value = self.stack.pull(function, self._batches[i])
        self._clip()
        return value

    def products(self, vectors: Mapping[Tensor, Tensor], i: int = 0) -> dict[Tensor, Tensor]:
        self.gradients += 2
        parameters: list[Tensor] = list(self.stack.parameters())
        whole = [vectors.get(p, torch.zeros_like(p)) for p in parameters]
        with self._kept(i):
            found = dict(zip(parameters, self.stack.products(whole, self._batches[i]), strict=True))
        return {p: found[p] for p in vectors}

    @property
    def counts(self) -> dict[str, int]:
        """How many gradients and forward passes, so far."""
        return {"gradients": self.gradients, "forwards": self.forwards}

    def state(self) -> dict[str, Any]:
        return {**self.counts, "initial_norm": self.initial_norm}

    def restore(self, state: dict[str, Any]) -> None:
        """Stand where `state` was taken."""
        self.gradients, self.forwards, self.initial_norm = state["gradients"], state["forwards"], state["initial_norm"]

    def _clip(self) -> None:
        if self.limit is not None:
            clip_gradients(self.stack, self.limit)

    @contextmanager
    def _kept(self, i: int) -> Iterator[None]:
        """What the objective keeps moves with the first pass over a batch alone."""
        again = i in self._seen
        self._seen.add(i)
        before = [buffer.clone() for buffer in self.stack.buffers()] if again else []
        yield
        for buffer, number in zip(self.stack.buffers() if again else (), before, strict=True):
            buffer.copy_(number)
