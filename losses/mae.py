"""Mean absolute error (Ghosh, Kumar and Sastry, AAAI 2017, arXiv:1712.09482).

    L(z, y) = scale * (1 - p_y),    p = softmax(z)

Symmetric: over all labels y of one prediction it sums to a constant, scale * (K - 1), which makes the minimiser of
the risk the same with and without symmetric noise below a rate of (K - 1) / K. It trains slowly: the gradient is
cross-entropy's times p_y.

Args:
    scale: above 0. The paper's L1 distance between p and the one-hot label is 2 * (1 - p_y), scale 2; the code
        behind the Active-Passive tables (Ma et al., ICML 2020) has scale 1.

>>> from torch import tensor, zeros
>>> MAE(scale=2.0)(zeros(1, 10), tensor([3]), tensor([0]))    # 2 * 0.9
tensor([1.8000])
>>> MAE(scale=1.0)(zeros(1, 10), tensor([3]), tensor([0]))    # scale 1 is GCE at q = 1
tensor([0.9000])
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn


class MAE(nn.Module):
    def __init__(self, *, scale: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.scale = scale

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        nll = F.cross_entropy(logits, labels, reduction="none")
        return -self.scale * (-nll).expm1()
