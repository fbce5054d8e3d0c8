"""Symmetric cross-entropy (Wang et al., "Symmetric Cross Entropy", ICCV 2019).

    L(z, y) = -alpha * log p_y - beta * log_floor * (1 - p_y),    p = softmax(z)

Cross-entropy, which fits, plus reverse cross-entropy, which tolerates flipped labels. Despite its name it is not
symmetric over the labels, nor bounded, unless alpha is 0.

Args:
    alpha: weight of cross-entropy, at least 0: 0.1 (CIFAR-10), 6 (CIFAR-100), 0.01 (MNIST), 10 (WebVision), as in the
        tables of Ma et al., ICML 2020.
    beta: weight of reverse cross-entropy, at least 0: 1 (CIFAR-10, MNIST, WebVision), 0.1 (CIFAR-100).
    log_floor: A in the papers, below 0, what stands for log 0. log(1e-4) = -9.2103 in the code behind those tables;
        the texts say -4, which would weaken beta 2.3 times. The first paper's own A for each data set is unconfirmed.

>>> from torch import tensor, zeros
>>> SCE(alpha=0.1, beta=1.0, log_floor=-4.0)(zeros(1, 10), tensor([3]), tensor([0]))    # 0.1 log 10 + 4 * 0.9
tensor([3.8303])
>>> SCE(alpha=1.0, beta=0.0, log_floor=-4.0)(zeros(1, 10), tensor([3]), tensor([0]))    # beta = 0 is cross-entropy
tensor([2.3026])
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn


class SCE(nn.Module):
    def __init__(
        self,
        *,
        alpha: Annotated[float, "[0, inf)"],
        beta: Annotated[float, "[0, inf)"],
        log_floor: Annotated[float, "(-inf, 0)"],
    ):
        super().__init__()
        self.alpha = alpha
        self.beta = beta
        self.log_floor = log_floor

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        nll = F.cross_entropy(logits, labels, reduction="none")
        return self.alpha * nll + self.beta * self.log_floor * (-nll).expm1()
