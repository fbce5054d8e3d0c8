"""Asymmetric exponential loss (Zhou et al., "Asymmetric Loss Functions", ICML 2021).

    L(z, y) = exp(-p_y / a),    p = softmax(z)

An asymmetric loss fits the label that is right most often, and so bears noise that leaves the true class ahead.
Between exp(-1 / a) and 1: it does not fall to 0.

Args:
    a: above 0. The released code's, alone: 2.5 (CIFAR-10 and CIFAR-100), 3.5 (MNIST); with NCE: 5 (CIFAR-10), 1.5
        (CIFAR-100).

>>> from torch import tensor, zeros
>>> AEL(a=5.0)(zeros(1, 10), tensor([3]), tensor([0]))    # exp(-0.1 / 5)
tensor([0.9802])
>>> 1e3 * (1 - AEL(a=1e3)(zeros(1, 10).double(), tensor([3]), tensor([0])))    # for large a it is 1 - p_y / a
tensor([0.1000], dtype=torch.float64)
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn


class AEL(nn.Module):
    def __init__(self, *, a: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.a = a

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        nll = F.cross_entropy(logits, labels, reduction="none")
        return (-(-nll).exp() / self.a).exp()
