"""Asymmetric loss (Ridnik et al., ICCV 2021, arXiv:2009.14119, repository Alibaba-MIIL/ASL).

    L(z, b) = sum over the known labels l of
        -b_l * (1 - p_l)^gamma_pos * log p_l - (1 - b_l) * m_l^gamma_neg * log(1 - m_l)
    p = sigmoid(z),    m_l = max(p_l - clip, 0)

Absent labels are many and mostly easy: they are focused on more than present ones, and those below the probability clip
do not pull at all. The focusing weights are differentiated, as in the released code's default.

The released code sums over labels and over the batch, and the runner takes the mean over the batch; reduction=mean
also takes it over labels, as the other losses of several labels do, so that a learning rate means the same. It clamps
probabilities at 1e-8 before the logarithm, which is not done here. A label that is not known (-1) is left out.

Args:
    gamma_pos: at least 0. The released code's 1; 0 in the paper's experiments.
    gamma_neg: at least 0. The released code's and the paper's 4.
    clip: in [0, 1). The released code's and the paper's 0.05.
    reduction: over labels, sum or mean.

>>> from torch import tensor, zeros
>>> loss = ASL(gamma_pos=1.0, gamma_neg=4.0, clip=0.05, reduction="sum")
>>> loss(zeros(1, 2), tensor([[1.0, 0.0]]), tensor([0]))    # 0.5 log 2 - 0.45^4 log 0.55
tensor([0.3711])
>>> plain = ASL(gamma_pos=0.0, gamma_neg=0.0, clip=0.0, reduction="mean")    # binary cross-entropy: log 2
>>> plain(zeros(1, 2), tensor([[1.0, 0.0]]), tensor([0]))
tensor([0.6931])
"""

from typing import Annotated, Literal

import torch.nn.functional as F
from torch import Tensor, nn

from losses.multilabel._known import mean_of_known, present, sum_of_known


class ASL(nn.Module):
    fits = ("multilabel",)

    def __init__(
        self,
        *,
        gamma_pos: Annotated[float, "[0, inf)"],
        gamma_neg: Annotated[float, "[0, inf)"],
        clip: Annotated[float, "[0, 1)"],
        reduction: Literal["sum", "mean"],
    ):
        super().__init__()
        self.gamma_pos = gamma_pos
        self.gamma_neg = gamma_neg
        self.clip = clip
        self.reduction = reduction

    def forward(self, logits: Tensor, bits: Tensor, index: Tensor) -> Tensor:
        """logits (B, L), bits (B, L) of 1, 0 and -1, index (B,) -> losses (B,)."""
        on = present(logits, bits)
        there = -(self.gamma_pos * F.logsigmoid(-logits)).exp() * F.logsigmoid(logits)
        # a gamma below 1 has an infinite slope at 0, where the logarithm beside it is 0: stay just above
        margin = (logits.sigmoid() - self.clip).clamp(min=1e-12)
        rest = (logits.neg().sigmoid() + self.clip).clamp(max=1).log() if self.clip else F.logsigmoid(-logits)
        losses = on * there - (1 - on) * margin**self.gamma_neg * rest
        return (sum_of_known if self.reduction == "sum" else mean_of_known)(losses, bits)
