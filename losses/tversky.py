"""Tversky loss (Salehi, Erdogmus and Gholipour, MLMI 2017, arXiv:1706.05721), one example at a time.

    L(z, y) = sum_k 1 - (TP_k + smooth) / (TP_k + alpha * FP_k + beta * FN_k + smooth),    p = softmax(z)
    TP_k = p_k [k = y],    FP_k = p_k [k != y],    FN_k = (1 - p_k) [k = y]

A Dice loss that prices false positives and false negatives apart. The paper sums TP, FP and FN over the voxels of an
image with one foreground class; here, as in Li et al. (ACL 2020), there is one ratio for each class of each example,
and their losses are added. One ratio over all classes would not do: on a softmax FP = FN = 1 - p_y, and only
alpha + beta would count. Bounded by beta / (beta + smooth) plus (K - 1) alpha / (alpha + smooth).

Args:
    alpha: the price of false positives, at least 0: 0.3 with beta = 0.7 in the paper's best runs (unconfirmed).
    beta: the price of false negatives, positive.
    smooth: positive: without it the term of a wrong class would not depend on z. The paper has none; 1 as in
        Li et al.

>>> from torch import tensor, zeros
>>> tversky = Tversky(alpha=0.5, beta=1.0, smooth=1.0)
>>> tversky(zeros(1, 2), tensor([1]), tensor([0]))    # 1 - 1.5 / 2, and 1 - 1 / 1.25
tensor([0.4500])
>>> from losses.dice import Dice
>>> half, dice = Tversky(alpha=0.5, beta=0.5, smooth=1.0), Dice(alpha=0.0, smooth=2.0, form="linear")
>>> z, y = tensor([[0.0, 1.0, 2.0]]), tensor([1])
>>> half(z, y, y).allclose(dice(z, y, y))    # alpha = beta = 1/2 is Dice, with twice the smoothing
True
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn


class Tversky(nn.Module):
    def __init__(
        self,
        *,
        alpha: Annotated[float, "[0, inf)"],
        beta: Annotated[float, "(0, inf)"],
        smooth: Annotated[float, "(0, inf)"],
    ):
        super().__init__()
        self.alpha = alpha
        self.beta = beta
        self.smooth = smooth

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        p = logits.softmax(-1)
        t = F.one_hot(labels, logits.shape[-1])
        errors = self.alpha * p * (1 - t) + self.beta * (1 - p) * t
        return (errors / (p * t + errors + self.smooth)).sum(-1)
