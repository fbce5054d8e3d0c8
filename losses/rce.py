"""Reverse cross-entropy (Wang et al., "Symmetric Cross Entropy", ICCV 2019).

    L(z, y) = -log_floor * (1 - p_y),    p = softmax(z)

Cross-entropy with prediction and label exchanged, -sum_k p_k log onehot_k, where log 0 is replaced by log_floor.
Symmetric and bounded by -log_floor; it is MAE times a constant. It learns slowly alone and is the passive part of
NCE+RCE and NFL+RCE.

Args:
    log_floor: A in the papers, below 0. log(1e-4) = -9.2103 in the code behind the published tables (Ma et al., ICML
        2020, and those that follow it); the texts say -4, which would weaken the loss 2.3 times.

The code floors each p_k at 1e-7; here nothing is floored.

>>> from torch import tensor, zeros
>>> RCE(log_floor=-4.0)(zeros(1, 10), tensor([3]), tensor([0]))    # 4 * 0.9
tensor([3.6000])
>>> RCE(log_floor=-1.0)(zeros(1, 10), tensor([3]), tensor([0]))    # log_floor = -1 is MAE: 1 - p_y
tensor([0.9000])
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn


class RCE(nn.Module):
    def __init__(self, *, log_floor: Annotated[float, "(-inf, 0)"]):
        super().__init__()
        self.log_floor = log_floor

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        nll = F.cross_entropy(logits, labels, reduction="none")
        return self.log_floor * (-nll).expm1()
