"""Asymmetric mean squared error (Wang et al., "Joint Asymmetric Loss", ICCV 2025, arXiv:2507.17692).

    L(z, y) = (1 / K) * ||p - a * onehot(y)||^2 = (||p||^2 - 2 a p_y + a^2) / K,    p = softmax(z)

A passive loss. Where the labels of an input follow t, its minimiser is the projection of a * t on the simplex: one-hot
at the likeliest label as soon as that leads the second by 1 / a. So a large a forgives much noise without the equal
pull of a symmetric loss. Meant as the second part of an active-passive loss: loss=jal_ce.

Args:
    a: at least 1; below it the loss no longer falls up to p_y = 1. The paper's, beside NCE: 30 (CIFAR-10, WebVision),
        20 (CIFAR-100), 5 (Clothing1M).

>>> from torch import tensor, zeros
>>> AMSE(a=30.0)(zeros(1, 10), tensor([3]), tensor([0]))    # ((30 - 0.1)^2 + 9 * 0.1^2) / 10
tensor([89.4100])
>>> AMSE(a=1.0)(zeros(1, 10), tensor([3]), tensor([0]))    # a = 1 is the Brier score over K: (0.9^2 + 9 * 0.1^2) / 10
tensor([0.0900])
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn


class AMSE(nn.Module):
    def __init__(self, *, a: Annotated[float, "[1, inf)"]):
        super().__init__()
        self.a = a

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        return (logits.softmax(-1) - self.a * F.one_hot(labels, logits.shape[-1])).square().mean(-1)
