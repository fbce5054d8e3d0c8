"""The loop."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import torch
from torch import Tensor

from runner.contracts.optimizer import StackOptimizer
from runner.data.loader import Batch, Loader
from runner.stack.stack import Stack
from runner.training.evaluation_weights import EvaluationWeights, Share, as_trained
from runner.training.oracle import Oracle
from runner.training.restarts import Factor

NUMBERS = ("epoch", "step", "broken", "history")  # of a Training


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

    Args:
        grad_clip: largest norm of a seed's gradient, None for any.
        share: of the present weights in the average that is evaluated, see runner.contracts.training.Average.
        epochs: of all training.

    Attributes:
        epoch: epochs done.
        step: steps done.
        broken: (S,) the first step whose objective was not finite, 0 where there was none.
        history: (S, E) the mean objective of the epochs done.
        oracle: what the optimizer may ask for.
        weights: that are evaluated.
    """

    def __init__(
        self,
        stack: Stack,
        loader: Loader,
        optimizer: torch.optim.Optimizer,
        *,
        epochs: int,
        grad_clip: float | None = None,
        share: Share = as_trained,
    ):
        self.stack = stack
        self.loader = loader
        self.optimizer = optimizer
        self.epochs = epochs
        self.oracle = Oracle(stack, grad_clip)
        self.weights = EvaluationWeights(stack, optimizer, loader.plain, share, steps=len(loader), epochs=epochs)
        self.base = [group["lr"] for group in optimizer.param_groups]
        self.epoch = self.step = 0
        place = loader.train.place.device
        self.broken = torch.zeros(stack.size, dtype=torch.int64, device=place)
        self.history = torch.zeros(stack.size, 0, dtype=torch.float64, device=place)

    def take_step(self, batches: Sequence[Batch], factor: Factor) -> Tensor:
        """The objective (S,) of the first of these batches, before the step.

        Args:
            factor: of the learning rate.
        """
        each = isinstance(factor, Tensor)
        for group, lr in zip(self.optimizer.param_groups, self.base, strict=True):
            group["lr"] = lr if each else lr * factor
        self.oracle.begin(batches)
        objective = self.oracle()
        before = [p.detach().clone() for p in self.stack.parameters()] if each else []
        if isinstance(self.optimizer, StackOptimizer):
            self.optimizer.step(self.oracle)
        else:
            self.optimizer.step()
        self._shorten(before, factor)
        self.step += 1
        self.weights.stepped(self.step)
        return objective

    def watch(self, minimised: Tensor) -> None:
        """Note the epoch's objective, and in `broken` the first of its steps whose objective, of (steps, S), was not
        finite."""
        self.history = torch.cat([self.history, minimised.mean(0)[:, None]], 1)
        bad = ~minimised.isfinite()
        first = self.step - len(bad) + 1 + bad.int().argmax(0)
        self.broken = self.broken.where((self.broken > 0) | ~bad.any(0), first)

    def state(self) -> dict[str, Any]:
        """All that continuing bit for bit needs, after any epoch."""
        return {
            **{name: getattr(self, name) for name in NUMBERS},
            "stack": self.stack.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "loader": self.loader.state(),
            "oracle": self.oracle.state(),
            "weights": self.weights.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Stand where `state` was taken."""
        self.epoch, self.step = state["epoch"], state["step"]
        self.broken, self.history = (state[name].to(self.broken.device) for name in ("broken", "history"))
        self.stack.load_state_dict(state["stack"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.loader.restore(state["loader"])
        self.oracle.restore(state["oracle"])
        self.weights.restore(state["weights"])

    def _shorten(self, before: Sequence[Tensor], factor: Factor) -> None:
        """Where each seed has a factor of its own: the step is linear in the learning rate, and shortened after it."""
        for parameter, start in zip(self.stack.parameters() if before else (), before, strict=True):
            assert isinstance(factor, Tensor)
            parameter.data.copy_(torch.lerp(start, parameter.data, self.stack.axis.wide(factor.to(start), start)))


def train(
    run: Training,
    schedule: Callable[[float, int, Tensor], Factor],
    evaluate: Callable[[Stack], dict[str, Tensor]],
    *,
    eval_every: int,
    between: Callable[[Stack], dict[str, Tensor]] | None = None,
) -> Iterator[Progress]:
    """Minimise the objective of every seed up to the last epoch, and say after each how it goes.

    An epoch that is not evaluated is looked at by `between`, if there is one.

    Ends early only when the objective of every seed has stopped being finite. After it the stack has the weights that
    are evaluated.
    """
    stack, loader, epochs = run.stack, run.loader, run.epochs
    at_once = getattr(run.optimizer, "batches", 1)
    for epoch in range(run.epoch + 1, epochs + 1):
        stack.begin(epoch)
        rest, done, minimised = iter(loader), 0, []
        while batches := list(islice(rest, at_once)):
            done += len(batches)
            factor = schedule(epoch - 1 + done / len(loader), epochs, run.history)
            minimised.append(run.take_step(batches, factor))
        objectives = torch.stack(minimised).double()
        run.watch(objectives)
        run.epoch, lost, metrics = epoch, bool((run.broken > 0).all()), {}
        over = lost or epoch == epochs
        if look := evaluate if over or epoch % eval_every == 0 else between:
            back = run.weights.use()
            stack.eval()
            with torch.no_grad():
                metrics = look(stack)
            if not over:
                back()
        yield Progress(epoch, run.step, run.history[:, -1], run.broken, metrics)
        if lost:
            return
