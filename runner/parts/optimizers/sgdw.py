"""SGD with decoupled weight decay.

    v <- momentum v + g
    w <- w - lr (v + weight_decay w),    with g + momentum v in place of v with nesterov

Loshchilov and Hutter, ICLR 2019, arXiv:1711.05101. SGD adds the decay to the gradient, so that momentum makes it
1 / (1 - momentum) times as strong. Here it is as strong as it says. The paper's decay does not depend on its alpha, but
on the schedule alone; here it is multiplied by lr, as AdamW of torch is.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import torch

from runner.contracts.optimizer import Gradients, StackOptimizer


class SGDW(StackOptimizer):
    """Momentum, and weights that shrink beside it."""

    def __init__(
        self,
        params: Any,
        seeds: Sequence[int],
        *,
        lr: Annotated[float, "[0, inf)"],
        momentum: Annotated[float, "[0, 1)"],
        nesterov: bool,
        weight_decay: Annotated[float, "[0, inf)"],
    ):
        super().__init__(params, seeds, {"lr": lr, "weight_decay": weight_decay})
        self.momentum = momentum
        self.nesterov = nesterov

    @torch.no_grad()
    def step(self, gradients: Gradients) -> None:  # type: ignore[override]
        for each in self.moving():
            velocity = each.state.setdefault("velocity", torch.zeros_like(each.weight))
            velocity.mul_(self.momentum).add_(each.slope)
            turn = each.slope.add(velocity, alpha=self.momentum) if self.nesterov else velocity
            each.weight.mul_(1 - each.group["lr"] * each.group["weight_decay"]).sub_(each.group["lr"] * turn)
