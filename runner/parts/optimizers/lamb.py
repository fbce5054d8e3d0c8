"""LAMB: Adam whose step is as long as the weights of a layer ask for.

    r = m / (sqrt(v) + eps) + weight_decay w        m and v of Adam, corrected for their start
    w <- w - lr ||w|| / ||r|| r                     You et al., ICLR 2020, arXiv:1904.00962

The norms are of a tensor of a seed. Where either is 0 the ratio is 1; nothing else bounds it. It is 1, too, for biases
and normalisations, as in the authors' code (later in tensorflow/addons), which leaves these out of the decay as well:
here `decay` says so. For them LAMB is AdamW. Values: betas 0.9 and 0.999, eps 1e-6, decay 0.01 (BERT); lr 1e-3 is the
default of packages, and slow where there are few steps. Unconfirmed: the function of ||w|| that the paper writes phi,
which is the identity here.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import torch

from runner.contracts.optimizer import Gradients, StackOptimizer
from runner.parts.optimizers._adam import adam_direction
from runner.parts.optimizers._trust import trust


class LAMB(StackOptimizer):
    """Adam with steps in proportion to the weights of each tensor.

    Args:
        beta1: of the mean of gradients.
        beta2: of the mean of their squares.
        weight_decay: added to the direction, before its length is taken.
    """

    def __init__(
        self,
        params: Any,
        seeds: Sequence[int],
        *,
        lr: Annotated[float, "[0, inf)"],
        beta1: Annotated[float, "[0, 1)"],
        beta2: Annotated[float, "[0, 1)"],
        eps: Annotated[float, "[0, inf)"],
        weight_decay: Annotated[float, "[0, inf)"],
    ):
        super().__init__(params, seeds, {"lr": lr, "weight_decay": weight_decay})
        self.numbers = (beta1, beta2, eps)

    @torch.no_grad()
    def step(self, gradients: Gradients) -> None:  # type: ignore[override]
        for each in self.moving():
            weight = each.weight
            turn = adam_direction(each, *self.numbers).add_(weight, alpha=each.group["weight_decay"])
            if self.axis.dim(weight) > 1:
                turn.mul_(self.axis.wide(trust(self.axis.norm([weight]), self.axis.norm([turn])), weight))
            weight.sub_(each.group["lr"] * turn)
