"""Orthogonal gradients: no step makes a tensor of weights longer or shorter at first order.

    o = g - (w'g / w'w) w
    g <- ||g|| / ||o|| o,   then base's step            Prieto et al., 2025, arXiv:2501.04697 (there also perpGrad)

Weights and gradients are those of one tensor of one seed, and the gradient keeps its length, as in the authors' code,
known here from forks and copies of LucasPrietoAl/grokking-at-the-edge-of-numerical-stability. Unconfirmed: that the
paper's formula means one tensor at a time too; it has no factor. Where nothing of g is orthogonal to w but rounding,
as of a tensor of one number, nothing moves; the released code moves by rounding. Where w is 0, g is as it was. It is
meant against softmax collapse: once all examples are fitted, cross-entropy falls by making weights longer. The base's
decay does as it always does.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import torch
from torch.optim import Optimizer

from runner.contracts.optimizer import Gradients
from runner.parts.optimizers._around import Around
from runner.parts.optimizers._trust import trust


class OrthoGrad(Around):
    """Any optimizer, by a gradient orthogonal to the weights. Those that a base asks for within its step are as they
    are: an optimizer such as SAM belongs around this one, not within it.

    Args:
        base: takes the step; its learning rate, momentum and decay are its own.
    """

    def __init__(self, params: Any, seeds: Sequence[int], *, base: Annotated[Optimizer, "optimizer"]):
        super().__init__(params, seeds, base)

    @torch.no_grad()
    def step(self, gradients: Gradients) -> None:  # type: ignore[override]
        for each in self.moving():
            weight, slope = each.weight, each.slope
            size, length = self.axis.norm([weight]), self.axis.norm([slope])
            along = self.axis.dot([weight], [slope]).where(size > 0, 0) / size.square().where(size > 0, 1)
            across = slope - self.axis.wide(along, weight) * weight
            left = self.axis.norm([across])
            left_at_all = left > 4 * torch.finfo(left.dtype).eps * length
            factor = trust(length, left).where(left_at_all, 0)
            slope.copy_(self.axis.wide(factor, slope) * across)
        self.descend(gradients)
