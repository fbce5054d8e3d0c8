"""Asymmetric generalized cross-entropy (Zhou et al., "Asymmetric Loss Functions", ICML 2021).

    L(z, y) = ((a + 1)^q - (a + p_y)^q) / q,    p = softmax(z)

An asymmetric loss fits the label that is right most often, and so bears noise that leaves the true class ahead.
Bounded by ((a + 1)^q - a^q) / q; its slope in p_y, (a + p_y)^(q - 1), falls or rises with p_y as q is below or above 1.

Args:
    a: above 0. The released code's, alone: 0.6 (CIFAR-10 and CIFAR-100), 4 (MNIST); with NCE: 6 (CIFAR-10), 1.8
        (CIFAR-100).
    q: above 0. Likewise 0.6, 0.2; with NCE 1.5, 3.

>>> from torch import tensor, zeros
>>> AGCE(a=6.0, q=1.5)(zeros(1, 10), tensor([3]), tensor([0]))    # (7^1.5 - 6.1^1.5) / 1.5
tensor([2.3029])
>>> AGCE(a=6.0, q=1.0)(zeros(1, 10), tensor([3]), tensor([0]))    # q = 1 is MAE: 1 - p_y
tensor([0.9000])
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn


class AGCE(nn.Module):
    def __init__(self, *, a: Annotated[float, "(0, inf)"], q: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.a = a
        self.q = q

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        nll = F.cross_entropy(logits, labels, reduction="none")
        # (a + p_y) / (a + 1) as 1 - share, exact near p_y = 1; the clamp is for an a so small that it rounds to 0
        share = ((-(-nll).expm1()) / (self.a + 1)).clamp(max=1 - 1e-7)
        return -((self.a + 1) ** self.q) * (self.q * (-share).log1p()).expm1() / self.q
