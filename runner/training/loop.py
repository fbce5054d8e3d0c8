"""The loop."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.optim import Optimizer

from runner.data.loader import Loader
from runner.training.stack import Stack, clip_gradients, gradient_norms


class Progress(NamedTuple):
    """Where a stack stands after some epoch.

    Attributes:
        epoch: epochs done.
        step: steps done.
        objective: (S,) mean of what the steps of this epoch minimised.
        broken: (S,) the first step whose objective was not finite, 0 where there was none.
        metrics: {name: (S,)}, none after an epoch that is not evaluated.
    """

    epoch: int
    step: int
    objective: Tensor
    broken: Tensor
    metrics: dict[str, Tensor]


class Training:
    """What training changes: a stack, its optimizer, its loader's streams, and how far it is.

    Attributes:
        epoch: epochs done.
        step: steps done.
        broken: (S,) the first step whose objective was not finite, 0 where there was none.
        initial_gradient_norm: (S,) of the first step, before any clipping: what may make one objective's
            learning rate another's.
    """

    def __init__(self, stack: Stack, loader: Loader, optimizer: Optimizer):
        self.stack = stack
        self.loader = loader
        self.optimizer = optimizer
        self.base = [group["lr"] for group in optimizer.param_groups]
        self.epoch = self.step = 0
        self.broken = torch.zeros(stack.size, dtype=torch.int64, device=loader.train.place.device)
        self.initial_gradient_norm = torch.zeros(stack.size, device=self.broken.device)

    def watch(self, minimised: Tensor) -> None:
        """Note in `broken` the first of the last steps whose objective, of (steps, S), was not finite."""
        bad = ~minimised.isfinite()
        first = self.step - len(bad) + 1 + bad.int().argmax(0)
        self.broken = self.broken.where((self.broken > 0) | ~bad.any(0), first)

    def state(self) -> dict[str, Any]:
        """All that continuing bit for bit needs, after any epoch."""
        return {
            "epoch": self.epoch,
            "step": self.step,
            "broken": self.broken,
            "initial_gradient_norm": self.initial_gradient_norm,
            "stack": self.stack.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "loader": self.loader.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Stand where `state` was taken."""
        self.epoch, self.step = state["epoch"], state["step"]
        self.broken, self.initial_gradient_norm = (
            state[name].to(self.broken.device) for name in ("broken", "initial_gradient_norm")
        )
        self.stack.load_state_dict(state["stack"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.loader.restore(state["loader"])


def train(
    run: Training,
    schedule: Callable[[float, int], float],
    evaluate: Callable[[Stack], dict[str, Tensor]],
    *,
    epochs: int,
    eval_every: int,
    grad_clip: float | None,
) -> Iterator[Progress]:
    """Minimise the objective of every seed up to some epoch, and say after each how it goes.

    Ends early only when the objective of every seed has stopped being finite.
    """
    stack, loader, optimizer = run.stack, run.loader, run.optimizer
    for epoch in range(run.epoch + 1, epochs + 1):
        stack.begin(epoch)
        minimised = torch.empty(len(loader), stack.size, dtype=torch.float64, device=run.broken.device)
        for i, batch in enumerate(loader, start=1):
            for group, lr in zip(optimizer.param_groups, run.base, strict=True):
                group["lr"] = lr * schedule(epoch - 1 + i / len(loader), epochs)
            minimised[i - 1] = stack.backward(batch)
            if run.step == 0:
                run.initial_gradient_norm = gradient_norms(stack)
            if grad_clip is not None:
                clip_gradients(stack, grad_clip)
            optimizer.step()
            run.step += 1
        run.watch(minimised)
        run.epoch, lost, metrics = epoch, bool((run.broken > 0).all()), {}
        if lost or epoch == epochs or epoch % eval_every == 0:
            stack.eval()
            with torch.no_grad():
                metrics = evaluate(stack)
        yield Progress(epoch, run.step, minimised.mean(0), run.broken, metrics)
        if lost:
            return
