"""Entropy-SGD: a step to where a random walk around the weights is on average.

    w' = m = w;  L times, i on batch i:    d = grad f(w') + weight_decay w',  with Nesterov's momentum from 0
        w' <- w' - inner_lr (d - gamma (w - w') + noise sqrt(2 / inner_lr) N(0, 1))
        m  <- average m + (1 - average) w'
    w <- w - lr v,    v is w - m + weight_decay w, with Nesterov's momentum

Chaudhari et al., ICLR 2017, arXiv:1611.01838; as the released code has it, ucla-vision/entropy-sgd@61329f9,
python/optim.py. There gamma is meant to grow, gamma (1 + growth)^t with step t, but t is never counted:
`scope=released` leaves gamma as it is, `scope=paper` lets it grow. The momentum of the steps begins as the first
gradient, not as 0. The released code takes one more gradient a step, and does not use it. At the end of an epoch, when
there are fewer than L batches, they come again. The noise of a seed is that of its own stream.

Values: inner_lr 0.1, average 0.75, L 20, momentum 0.9; gamma 1e-4, growth 1e-3, noise 1e-4 and lr 0.1 on MNIST, gamma
0.03 and decay 1e-3 on CIFAR-10. Unconfirmed: the paper's lr of about 1, and a factor gamma on w - m, which the released
code does not have.

Limit: L = 0 is SGD, but for how momentum begins. A step of L gradients moves the weights once: compare at equal
gradients, not at equal steps.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import torch
from torch import Tensor

from runner.contracts.optimizer import Gradients, Moving, StackOptimizer
from runner.data.streams import generator


class EntropySGD(StackOptimizer):
    """Steps by a local mean of weights.

    Args:
        momentum: of the steps and of those within, Nesterov's.
        weight_decay: added to gradients, and to w - m.
        inner_steps: L, batches and gradients a step.
        inner_lr: of the walk; no schedule changes it.
        average: share of the past in the mean of the walk.
        gamma: pull of the walk back to the weights.
        growth: of gamma in a step, if scope is paper.
        noise: of the walk.
    """

    def __init__(
        self,
        params: Any,
        seeds: Sequence[int],
        *,
        lr: Annotated[float, "[0, inf)"],
        momentum: Annotated[float, "[0, 1)"],
        weight_decay: Annotated[float, "[0, inf)"],
        inner_steps: Annotated[int, "[0, 10000]"],
        inner_lr: Annotated[float, "(0, inf)"],
        average: Annotated[float, "[0, 1)"],
        gamma: Annotated[float, "[0, inf)"],
        growth: Annotated[float, "[0, inf)"],
        noise: Annotated[float, "[0, inf)"],
        scope: Literal["released", "paper"],
    ):
        super().__init__(params, seeds, {"lr": lr, "weight_decay": weight_decay, "steps": 0})
        self.batches = max(inner_steps, 1)
        self.momentum = momentum
        self.inner_steps, self.inner_lr, self.average = inner_steps, inner_lr, average
        self.gamma, self.growth, self.noise = gamma, growth if scope == "paper" else 0.0, noise

    @torch.no_grad()
    def step(self, gradients: Gradients) -> None:  # type: ignore[override]
        moving = sorted(self.moving(), key=lambda each: self.axis.dim(each.weight) < 2)  # whatever is decayed
        for each in moving:
            each.state.setdefault("velocity", each.slope.clone())
        slopes = self._walk(moving, gradients) if self.inner_steps else [each.slope for each in moving]
        for each, slope in zip(moving, slopes, strict=True):
            each.weight.sub_(each.group["lr"] * self._ahead(each, slope, each.state["velocity"]))
        for group in self.param_groups:
            group["steps"] += 1

    def normal(self, step: int, i: int, weights: Sequence[Tensor]) -> list[Tensor]:
        """The noise of step `i` within a step, in the shapes of the weights."""
        streams = [generator("entropy_sgd", seed, step, i) for seed in self.seeds]
        return [self.axis.normal(weight, streams) for weight in weights]

    def _walk(self, moving: Sequence[Moving], gradients: Gradients) -> list[Tensor]:
        """The weights, less the mean of a walk that begins at them; its first gradient is there already."""
        weights, steps = [each.weight for each in moving], self.param_groups[0]["steps"]
        starts, means = [w.clone() for w in weights], [w.clone() for w in weights]
        velocities = [torch.zeros_like(w) for w in weights]
        gamma = self.gamma * (1 + self.growth) ** steps
        for i in range(self.inner_steps):
            if i:
                with torch.enable_grad():
                    gradients(i % len(gradients))
            noises = self.normal(steps, i, weights)
            for each, start, mean, velocity, noise in zip(moving, starts, means, velocities, noises, strict=True):
                weight = each.weight
                assert weight.grad is not None
                turn = self._ahead(each, weight.grad, velocity) - gamma * (start - weight)
                weight.sub_(self.inner_lr * (turn + self.noise * (2 / self.inner_lr) ** 0.5 * noise))
                mean.lerp_(weight, 1 - self.average)
        for weight, start in zip(weights, starts, strict=True):
            weight.copy_(start)
        return [start - mean for start, mean in zip(starts, means, strict=True)]

    def _ahead(self, each: Moving, slope: Tensor, velocity: Tensor) -> Tensor:
        """A gradient with decay and Nesterov's momentum."""
        decayed = slope.add(each.weight, alpha=each.group["weight_decay"])
        return decayed.add(velocity.mul_(self.momentum).add_(decayed), alpha=self.momentum)
