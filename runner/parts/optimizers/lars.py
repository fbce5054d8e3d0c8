"""LARS: momentum whose steps are as long as the weights of a layer ask for.

    q = coefficient ||w|| / (||g|| + weight_decay ||w||)
    v <- momentum v + q (g + weight_decay w),    w <- w - lr v        You, Gitman and Ginsburg, 2017, arXiv:1708.03888

The norms are of a tensor of a seed. Where ||w|| or the sum below it is 0, q is 1. It is 1, too, for biases and
normalisations, as in released code (facebookresearch/mae, tensorflow/addons), which leaves these out of the decay as
well: here `decay` says so. For them LARS is SGD, with a learning rate that is large for SGD. The paper has lr within v,
which is the same while lr stays the same; here, as in released code, it is outside, as SGD has it. Values: coefficient
0.001, momentum 0.9, decay 0.0005 (unconfirmed); the learning rate grows with the batch, and is warmed up.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import torch

from runner.contracts.optimizer import Gradients, StackOptimizer
from runner.parts.optimizers._trust import trust


class LARS(StackOptimizer):
    """Momentum with steps in proportion to the weights of each tensor.

    Args:
        coefficient: how long a step of lr 1 is, in lengths of the weights.
        weight_decay: added to the gradient.
    """

    def __init__(
        self,
        params: Any,
        seeds: Sequence[int],
        *,
        lr: Annotated[float, "[0, inf)"],
        momentum: Annotated[float, "[0, 1)"],
        weight_decay: Annotated[float, "[0, inf)"],
        coefficient: Annotated[float, "(0, inf)"],
    ):
        super().__init__(params, seeds, {"lr": lr, "weight_decay": weight_decay})
        self.momentum = momentum
        self.coefficient = coefficient

    @torch.no_grad()
    def step(self, gradients: Gradients) -> None:  # type: ignore[override]
        for each in self.moving():
            weight, decay = each.weight, each.group["weight_decay"]
            turn = each.slope.add(weight, alpha=decay)
            if self.axis.dim(weight) > 1:
                size = self.axis.norm([weight])
                below = self.axis.norm([each.slope]) + decay * size
                turn.mul_(self.axis.wide(trust(self.coefficient * size, below), weight))
            velocity = each.state.setdefault("velocity", torch.zeros_like(weight)).mul_(self.momentum).add_(turn)
            weight.sub_(each.group["lr"] * velocity)
