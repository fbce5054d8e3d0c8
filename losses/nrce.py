"""Normalised reverse cross-entropy (Ma et al., "Normalized Loss Functions", ICML 2020, arXiv:2006.13554).

    L(z, y) = scale * (1 - p_y) / (K - 1),    p = softmax(z)

Reverse cross-entropy -A (1 - p_y) divided by its sum over all labels, -A (K - 1): A cancels, and what is left equals
normalised MAE. Symmetric, bounded by scale / (K - 1).

Args:
    scale: above 0. 1 is the paper's normalised loss. The released code multiplies -A (1 - p_y), A = log(1e-4), by
        (K - 1) / 4 instead of dividing it, which is scale = 9.2103 (K - 1)^2 / 4: 186.5 for ten classes.

>>> from torch import tensor, zeros
>>> NRCE(scale=1.0)(zeros(1, 10), tensor([3]), tensor([0]))    # 0.9 / 9
tensor([0.1000])
>>> NRCE(scale=9.0)(zeros(1, 10), tensor([3]), tensor([0]))    # scale = K - 1 is MAE: 1 - p_y
tensor([0.9000])
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn


class NRCE(nn.Module):
    def __init__(self, *, scale: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.scale = scale

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        nll = F.cross_entropy(logits, labels, reduction="none")
        return -self.scale * (-nll).expm1() / (logits.shape[-1] - 1)
