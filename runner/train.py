"""The loop."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor
from torch.optim import Optimizer

from runner.loader import Loader
from runner.stack import Stack, clip_gradients


class Progress(NamedTuple):
    """Where a stack stands after some epoch.

    Attributes:
        epoch: epochs done.
        step: steps done.
        objective: (S,) mean of what the steps of this epoch minimised.
        broken: (S,) the first step whose objective was not finite, 0 where there was none.
        metrics: {name: (S,)}.
    """

    epoch: int
    step: int
    objective: Tensor
    broken: Tensor
    metrics: dict[str, Tensor]


def train(
    stack: Stack,
    loader: Loader,
    optimizer: Optimizer,
    schedule: Callable[[float, int], float],
    evaluate: Callable[[Stack], dict[str, Tensor]],
    *,
    epochs: int,
    eval_every: int,
    grad_clip: float | None,
) -> Iterator[Progress]:
    """Minimise the objective of every seed for some epochs, and say every `eval_every` of them, and last, how it goes.

    The objectives are summed over seeds, not averaged: each seed's gradient is then its own. Ends early only when the
    objective of every seed has stopped being finite.
    """
    base = [group["lr"] for group in optimizer.param_groups]
    step, broken = 0, torch.zeros(stack.size, dtype=torch.int64, device=loader.train.place.device)
    for epoch in range(1, epochs + 1):
        stack.train()
        total = torch.zeros_like(broken, dtype=torch.float64)
        for i, batch in enumerate(loader, start=1):
            for group, lr in zip(optimizer.param_groups, base, strict=True):
                group["lr"] = lr * schedule(epoch - 1 + i / len(loader), epochs)
            objective = stack(batch)
            optimizer.zero_grad()
            objective.sum().backward()
            if grad_clip is not None:
                clip_gradients(stack, grad_clip)
            optimizer.step()
            step += 1
            broken = broken.where((broken > 0) | objective.isfinite(), step)
            total += objective.detach()
        lost = bool((broken > 0).all())
        if lost or epoch == epochs or epoch % eval_every == 0:
            stack.eval()
            with torch.no_grad():
                yield Progress(epoch, step, total / len(loader), broken, evaluate(stack))
        if lost:
            return
