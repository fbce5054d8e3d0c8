"""Huber's loss (Huber, "Robust Estimation of a Location Parameter", Annals of Mathematical Statistics, 1964).

    L(f, y) = mean over the D targets of    r^2 / 2                   where |r| <= delta,    r = f - y
                                            delta (|r| - delta / 2)   elsewhere

A square near the target and a line far from it. As in torch's huber_loss, the line has the slope delta.

Args:
    delta: where the line begins, in standard deviations of the targets, above 0. Huber's own choice for 95% efficiency
        on normal noise of deviation 1 is 1.345.

>>> from torch import tensor
>>> Huber(delta=1.0)(tensor([[0.0, 0.0]]), tensor([[0.5, 3.0]]), tensor([0]))    # (1/8 + 5/2) / 2
tensor([1.3125])
>>> Huber(delta=1e6)(tensor([[0.0]]), tensor([[3.0]]), tensor([0]))    # delta to inf is half the squared error
tensor([4.5000])
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn


class Huber(nn.Module):
    fits = ("regression", "boxes")

    def __init__(self, *, delta: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.delta = delta

    def forward(self, prediction: Tensor, target: Tensor, index: Tensor) -> Tensor:
        """prediction (B, D), target (B, D), index (B,) -> losses (B,)."""
        return F.huber_loss(prediction, target, reduction="none", delta=self.delta).mean(-1)
