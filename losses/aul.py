"""Asymmetric unhinged loss (Zhou et al., "Asymmetric Loss Functions", ICML 2021).

    L(z, y) = ((a - p_y)^q - (a - 1)^q) / q,    p = softmax(z)

An asymmetric loss fits the label that is right most often, and so bears noise that leaves the true class ahead.
Bounded by (a^q - (a - 1)^q) / q.

Args:
    a: above 1. The released code's, alone: 5.5 (CIFAR-10 and CIFAR-100), 3 (MNIST); with NCE: 6.3 (CIFAR-10), 6
        (CIFAR-100).
    q: above 0. Likewise 3, 0.1; with NCE 1.5, 3.

>>> from torch import tensor, zeros
>>> AUL(a=6.3, q=1.5)(zeros(1, 10), tensor([3]), tensor([0]))    # (6.2^1.5 - 5.3^1.5) / 1.5
tensor([2.1576])
>>> AUL(a=6.3, q=1.0)(zeros(1, 10), tensor([3]), tensor([0]))    # q = 1 is MAE: 1 - p_y
tensor([0.9000])
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn


class AUL(nn.Module):
    def __init__(self, *, a: Annotated[float, "(1, inf)"], q: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.a = a
        self.q = q

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        nll = F.cross_entropy(logits, labels, reduction="none")
        miss = -(-nll).expm1()
        # (a - p_y)^q is taken out: what is left, 1 - ((a - 1) / (a - p_y))^q, is exact near p_y = 1
        return (self.a - 1 + miss) ** self.q * -(-self.q * (miss / (self.a - 1)).log1p()).expm1() / self.q
