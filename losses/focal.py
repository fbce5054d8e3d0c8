"""Focal loss, softmax form (Lin et al., ICCV 2017, arXiv:1708.02002).

    L(z, y) = -(1 - p_y)^gamma * log p_y,    p = softmax(z)

Args:
    gamma: at least 0. The paper's 2 (detection, sigmoid form); 0.5 in the noisy-label tables of Ma et al., ICML 2020.
    detach: hold the weight (1 - p_y)^gamma constant in the gradient, as the released code of those tables does; the
        paper differentiates it.

>>> from torch import tensor, zeros
>>> Focal(gamma=2.0, detach=False)(zeros(1, 10), tensor([3]), tensor([0]))    # 0.81 * log 10
tensor([1.8651])
>>> Focal(gamma=0.0, detach=False)(zeros(1, 10), tensor([3]), tensor([0]))    # gamma = 0 is cross-entropy: log 10
tensor([2.3026])
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn


class Focal(nn.Module):
    def __init__(self, *, gamma: Annotated[float, "[0, inf)"], detach: bool):
        super().__init__()
        self.gamma = gamma
        self.detach = detach

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        nll = F.cross_entropy(logits, labels, reduction="none")
        # a gamma below 1 has an infinite slope at p_y = 1, where the loss itself has slope 0: stay just beside it
        miss = (-(-nll).expm1()).clamp(min=1e-12)
        return (miss.detach() if self.detach else miss) ** self.gamma * nll
