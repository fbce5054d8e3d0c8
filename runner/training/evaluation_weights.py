"""The weights that are evaluated, where they are not those that are trained: an average of them, or the optimizer's."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from runner.contracts.optimizer import StackOptimizer
from runner.stack.stack import Stack

Share = Callable[[int, int, int, int], float | None]  # runner.contracts.training.Average
Pairs = list[tuple[Tensor, Tensor]]


def as_trained(step: int, steps: int, epochs: int, taken: int) -> None:
    """There is no average."""


class EvaluationWeights:
    """What a stack is evaluated with.

    Args:
        inputs: gives batches (S, B, ...) of the training inputs, on which running statistics are taken anew.
        share: of the present weights in the average, after each step; None where there is no average.
        steps: an epoch has.
        epochs: of all training.
    """

    def __init__(
        self,
        stack: Stack,
        optimizer: torch.optim.Optimizer,
        inputs: Callable[[], Iterator[Tensor]],
        share: Share = as_trained,
        *,
        steps: int = 1,
        epochs: int = 1,
    ):
        self.stack = stack
        self.optimizer = optimizer
        self.inputs = inputs
        self.share = share
        self.steps = steps
        self.epochs = epochs
        self.taken = 0
        self.average: list[Tensor] = []  # of the stack's parameters, in their order; if there is one

    def stepped(self, step: int) -> None:
        """Step number `step` of all was taken."""
        share = self.share(step, self.steps, self.epochs, self.taken)
        if share is None:
            self.average = []
        elif share:
            present = [p.detach() for p in self.stack.parameters()]
            self.average = self.average or [p.clone() for p in present]
            torch._foreach_lerp_(self.average, present, share)
            self.taken += 1

    def use(self) -> Callable[[], None]:
        """Put them in place of those that are trained; what is given puts those back."""
        pairs = self._pairs()
        if not pairs:
            return lambda: None
        before = [(p, p.detach().clone()) for p, _ in pairs] + [(b, b.clone()) for b in self.stack.buffers()]
        _put(pairs)
        self._take_statistics()
        return lambda: _put(before)

    def state(self) -> dict[str, Any]:
        return {"taken": self.taken, "average": self.average}

    def restore(self, state: dict[str, Any]) -> None:
        """Stand where `state` was taken."""
        self.taken = state["taken"]
        self.average = [a.to(p.device) for a, p in zip(state["average"], self.stack.parameters(), strict=False)]

    def _pairs(self) -> Pairs:
        if self.average:
            return list(zip(self.stack.parameters(), self.average, strict=True))
        return list(self.optimizer.evaluated()) if isinstance(self.optimizer, StackOptimizer) else []

    def _take_statistics(self) -> None:
        """Let BatchNorm's running statistics be the mean over the batches of the training inputs, in their order."""
        norms = [each for each in self.stack.code.modules() if isinstance(each, nn.modules.batchnorm._BatchNorm)]
        if not norms:
            return
        momenta = [norm.momentum for norm in norms]
        for count, x in enumerate(self.inputs(), start=1):
            for norm in norms:
                norm.momentum = 1 / count
            self.stack.observe(x)
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum


def _put(pairs: Pairs) -> None:
    with torch.no_grad():
        for tensor, number in pairs:
            tensor.copy_(number)
