"""Comp-sum losses (Mao, Mohri and Zhong, "Cross-Entropy Loss Functions", ICML 2023, arXiv:2304.07288).

    L(z, y) = ((1 / p_y)^(1 - tau) - 1) / (1 - tau),  at tau = 1: -log p_y,    p = softmax(z)

One family: tau = 0 is sum_{j != y} exp(z_j - z_y), 1 cross-entropy, between 1 and 2 generalized cross-entropy with
q = tau - 1, 2 the mean absolute error 1 - p_y. Above 1 it is bounded by 1 / (tau - 1). Below 1 it grows as a power of
1 / p_y, faster than float32 can hold. No code was released; the formula is quoted from memory of the paper, and agrees
with the losses that it contains.

Args:
    tau: in [0, 2]. The paper compares 0, 0.5, 1, 1.5 and 2; its table is unconfirmed.
    cap: in (0, 60], ours. If (1 - tau) * -log p_y is above it (never for tau at least 1), the loss follows its tangent:
        loss and gradient stay finite, and the example still pulls, exp(cap) times as hard as in cross-entropy.

>>> from torch import tensor, zeros
>>> CompSum(tau=0.0, cap=30.0)(zeros(1, 10), tensor([3]), tensor([0]))    # 9 other classes, exp(0) each
tensor([9.])
>>> CompSum(tau=1.0, cap=30.0)(zeros(1, 10), tensor([3]), tensor([0]))    # tau = 1 is cross-entropy: log 10
tensor([2.3026])
"""

import math
from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn


class CompSum(nn.Module):
    def __init__(self, *, tau: Annotated[float, "[0, 2]"], cap: Annotated[float, "(0, 60]"]):
        super().__init__()
        self.tau = tau
        self.cap = cap

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        nll = F.cross_entropy(logits, labels, reduction="none")
        if self.tau == 1:
            return nll
        power = (1 - self.tau) * nll
        beyond = math.exp(self.cap) * (power - self.cap).relu()
        return (power.clamp(max=self.cap).expm1() + beyond) / (1 - self.tau)
