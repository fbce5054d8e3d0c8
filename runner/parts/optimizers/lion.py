"""Lion, and the family of optimizers that it is one of: the step is the gradient of a convex function K.

    c = beta1 m + (1 - beta1) g
    w <- w - lr (grad K(c) + weight_decay w)          Lion: Chen et al., NeurIPS 2023, arXiv:2302.06675
    m <- beta2 m + (1 - beta2) g                      Lion-K: Chen et al., ICLR 2024, arXiv:2310.05898

    kind          grad K(c)                                   bounded by 1 / weight_decay
    l1            sign(c), which is Lion                      max |w|
    huber         clip(c / e, -1, 1)                          max |w|
    dead_zone     sign(c) where |c| > e, else 0               max |w|
    l2            c / ||c||_2                                 ||w||_2
    lp            sign(c) |c|^(p-1) / ||c||_p^(p-1)           ||w||_q with 1/p + 1/q = 1
    top_k         sign(c) of the largest share of |c|         max |w|

Lion-K minimises the objective plus K*(weight_decay w) / weight_decay, where K* is the convex conjugate: with Lion no
weight ends further from 0 than 1 / weight_decay. What is further comes nearer by the factor 1 - lr weight_decay in each
step; without decay there is no bound. Norms and shares are of all weights of a seed together. l2 and lp steps are so
long that all weights together move by lr, where with the other kinds each does.

Values: beta1 0.9, beta2 0.99. The authors advise a learning rate 3 to 10 times smaller than AdamW's, and a decay as
many times larger. Unconfirmed: that the paper's norms are over all weights and not over each tensor, and any value of
e, p and the share. The paper's theorem for steps of this length decays the weights after the step, as released code
does not.
"""

import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import torch
from torch import Tensor

from runner.contracts.optimizer import Gradients, StackOptimizer


class Lion(StackOptimizer):
    """Moves by the gradient of K at a mean of gradients.

    Args:
        beta1: share of past gradients in what the step is made of.
        beta2: share of the past in what is kept of them.
        weight_decay: decoupled from the gradient.
        kind: K.
        e: with huber and dead_zone, which gradients are small.
        p: with lp.
        share: with top_k, of the weights of a seed that move, rounded up.
    """

    def __init__(
        self,
        params: Any,
        seeds: Sequence[int],
        *,
        lr: Annotated[float, "[0, inf)"],
        beta1: Annotated[float, "[0, 1)"],
        beta2: Annotated[float, "[0, 1)"],
        weight_decay: Annotated[float, "[0, inf)"],
        kind: Literal["l1", "huber", "dead_zone", "l2", "lp", "top_k"],
        e: Annotated[float, "(0, inf)"],
        p: Annotated[float, "[1, inf)"],
        share: Annotated[float, "(0, 1]"],
    ):
        super().__init__(params, seeds, {"lr": lr, "weight_decay": weight_decay})
        self.beta1 = beta1
        self.beta2 = beta2
        self.kind = kind
        self.e = e
        self.p = 2.0 if kind == "l2" else p
        self.share = share

    @torch.no_grad()
    def step(self, gradients: Gradients) -> None:  # type: ignore[override]
        moving = list(self.moving())
        means = [each.state.setdefault("mean", torch.zeros_like(each.weight)) for each in moving]
        mixed = [mean.lerp(each.slope, 1 - self.beta1) for mean, each in zip(means, moving, strict=True)]
        for each, mean, turn in zip(moving, means, self._turns(mixed), strict=True):
            each.weight.mul_(1 - each.group["lr"] * each.group["weight_decay"]).sub_(each.group["lr"] * turn)
            mean.lerp_(each.slope, 1 - self.beta2)

    def _turns(self, mixed: Sequence[Tensor]) -> list[Tensor]:
        """grad K, for all weights of the seeds."""
        match self.kind:
            case "huber":
                return [(c / self.e).clamp(-1, 1) for c in mixed]
            case "dead_zone":
                return [c.sign().where(c.abs() > self.e, 0) for c in mixed]
            case "l2" | "lp":
                return self._of_norm(mixed)
            case "top_k":
                return self._largest(mixed)
        return [c.sign() for c in mixed]

    def _of_norm(self, mixed: Sequence[Tensor]) -> list[Tensor]:
        """Of the p-norm; each seed is divided by its largest number first, lest powers leave the range of floats."""
        largest = torch.stack([self.axis.of(c).abs().flatten(1).amax(1) for c in mixed]).amax(0)
        largest = largest.clamp(min=torch.finfo(largest.dtype).tiny)
        scaled = [c.abs() / self.axis.wide(largest, c) for c in mixed]
        total = torch.stack([self.axis.of(c).pow(self.p).flatten(1).sum(1) for c in scaled]).sum(0)
        factor = total.clamp(min=1) ** (1 / self.p - 1)  # 1 at least, but for a gradient of zero
        return [
            c.sign() * size ** (self.p - 1) * self.axis.wide(factor, c) for c, size in zip(mixed, scaled, strict=True)
        ]

    def _largest(self, mixed: Sequence[Tensor]) -> list[Tensor]:
        """Signs of what is as large as number k of its seed."""
        sizes = torch.cat([self.axis.of(c).abs().flatten(1) for c in mixed], 1)
        least = sizes.topk(math.ceil(self.share * sizes.shape[1])).values[:, -1]
        return [c.sign().where(c.abs() >= self.axis.wide(least, c), 0) for c in mixed]
