"""Focal loss, sigmoid form (Lin et al., ICCV 2017, arXiv:1708.02002).

    L(z, b) = mean over the known labels l of -a_l * (1 - q_l)^gamma * log q_l
    q_l = p_l and a_l = alpha where b_l = 1;    q_l = 1 - p_l and a_l = 1 - alpha where b_l = 0;    p = sigmoid(z)

The paper divides the sum by the number of positive boxes of an image; here it is the mean, and a label that is not
known (-1) is left out.

Args:
    gamma: at least 0; 0 and alpha null is binary cross-entropy. The paper's 2 (detection).
    alpha: in [0, 1], the weight of presence; null: both sides have weight 1. The paper's 0.25 (detection, gamma = 2).

>>> from torch import tensor, zeros
>>> FocalBCE(gamma=2.0, alpha=None)(zeros(1, 2), tensor([[1.0, 0.0]]), tensor([0]))    # log 2 / 4
tensor([0.1733])
>>> FocalBCE(gamma=0.0, alpha=None)(zeros(1, 2), tensor([[1.0, 0.0]]), tensor([0]))    # log 2
tensor([0.6931])
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn

from losses.multilabel._known import mean_of_known, present


class FocalBCE(nn.Module):
    fits = ("multilabel",)

    def __init__(self, *, gamma: Annotated[float, "[0, inf)"], alpha: Annotated[float, "[0, 1]"] | None):
        super().__init__()
        self.gamma = gamma
        self.alpha = alpha

    def forward(self, logits: Tensor, bits: Tensor, index: Tensor) -> Tensor:
        """logits (B, L), bits (B, L) of 1, 0 and -1, index (B,) -> losses (B,)."""
        on = present(logits, bits)
        right = (2 * on - 1) * logits  # the logit of q
        losses = -(self.gamma * F.logsigmoid(-right)).exp() * F.logsigmoid(right)
        if self.alpha is not None:
            losses = (self.alpha * on + (1 - self.alpha) * (1 - on)) * losses
        return mean_of_known(losses, bits)
