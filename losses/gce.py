"""Generalized cross-entropy (Zhang and Sabuncu, NeurIPS 2018, arXiv:1805.07836).

    L(z, y) = (1 - p_y^q) / q,    p = softmax(z)

A dial between cross-entropy (q to 0) and MAE (q = 1); bounded by 1 / q. The gradient is cross-entropy's times p_y^q,
so that what the network finds implausible, flipped labels above all, pulls less.

Args:
    q: in (0, 1]. The paper's 0.7 throughout; re-runs on CIFAR-100 also take 0.5 up to 40% noise and 0.9 at 80%
        (Wang et al., "epsilon-Softmax", NeurIPS 2024).

The code behind the Active-Passive tables floors p_y at 1e-7; here p_y^q is exp(q log p_y), finite without a floor.

>>> from torch import tensor, zeros
>>> GCE(q=0.7)(zeros(1, 10), tensor([3]), tensor([0]))    # (1 - 0.1^0.7) / 0.7
tensor([1.1435])
>>> GCE(q=1.0)(zeros(1, 10), tensor([3]), tensor([0]))    # q = 1 is MAE: 1 - p_y
tensor([0.9000])
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn


class GCE(nn.Module):
    def __init__(self, *, q: Annotated[float, "(0, 1]"]):
        super().__init__()
        self.q = q

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        nll = F.cross_entropy(logits, labels, reduction="none")
        return -(-self.q * nll).expm1() / self.q
