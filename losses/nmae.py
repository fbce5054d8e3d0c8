"""Normalised MAE and normalised reverse cross-entropy (Ma et al., "Normalized Loss Functions", ICML 2020,
arXiv:2006.13554).

    L(z, y) = scale * (1 - p_y) / (K - 1),    p = softmax(z)

MAE divided by its sum over all labels, which is a constant: MAE with a smaller learning rate. Reverse cross-entropy
-A (1 - p_y) divided by its sum -A (K - 1) is the same function: A cancels. Symmetric, bounded by scale / (K - 1).

Args:
    scale: above 0. 1 is the paper's normalised loss, and the code of Zhou et al. (ICML 2021); the paper's own code has
        0.5 for NMAE, since it divides 1 - p_y by the sum of 2 * (1 - p_k), and for NRCE it multiplies -A (1 - p_y),
        A = log(1e-4), by (K - 1) / 4 instead of dividing it: scale = 9.2103 (K - 1)^2 / 4, 186.5 for ten classes.

>>> from torch import tensor, zeros
>>> NMAE(scale=0.5)(zeros(1, 10), tensor([3]), tensor([0]))    # 0.5 * 0.9 / 9
tensor([0.0500])
>>> NMAE(scale=9.0)(zeros(1, 10), tensor([3]), tensor([0]))    # scale = K - 1 is MAE: 1 - p_y
tensor([0.9000])
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn


class NMAE(nn.Module):
    def __init__(self, *, scale: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.scale = scale

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        nll = F.cross_entropy(logits, labels, reduction="none")
        return -self.scale * (-nll).expm1() / (logits.shape[-1] - 1)
