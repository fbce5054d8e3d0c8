"""Poly-1 cross-entropy (Leng et al., "PolyLoss", ICLR 2022, arXiv:2204.12511).

    L(z, y) = -log p_y + epsilon * (1 - p_y),    p = softmax(z)

Cross-entropy is the series sum_j (1 - p_y)^j / j; Poly-1 changes the weight of its first term from 1 to 1 + epsilon.

Args:
    epsilon: what is added to that weight, at least -1. The paper tunes it by task: 2 for ImageNet classification, -1
        for detection and instance segmentation (as quoted by optax's documentation; the paper's table was not seen).
        Below -1 the weight would be negative and the loss no longer fall towards p_y = 1.

>>> from torch import tensor, zeros
>>> Poly(epsilon=1.0)(zeros(1, 10), tensor([3]), tensor([0]))    # log 10 + 0.9
tensor([3.2026])
>>> Poly(epsilon=0.0)(zeros(1, 10), tensor([3]), tensor([0]))    # epsilon = 0 is cross-entropy: log 10
tensor([2.3026])
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn


class Poly(nn.Module):
    def __init__(self, *, epsilon: Annotated[float, "[-1, inf)"]):
        super().__init__()
        self.epsilon = epsilon

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        nll = F.cross_entropy(logits, labels, reduction="none")
        return nll - self.epsilon * (-nll).expm1()
