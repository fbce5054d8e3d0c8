"""Cross-entropy or focal loss of the epsilon-softmax (Wang et al., NeurIPS 2024, arXiv:2508.02387).

    L(z, y) = -(1 - q_y)^gamma * log q_y,    q = max((p + m * onehot(argmax z)) / (m + 1), floor),    p = softmax(z)

The output is pushed to within 1 / (m + 1) of a one-hot vector, and any loss of nearly one-hot outputs is nearly
symmetric: m is a dial between plain cross-entropy and tolerance of noise. The argmax is not differentiated, so the
loss jumps where the top class changes: by about log(m + 1) between an example that the network has right and one that
it has wrong, while the gradient of those it has right all but vanishes. Among equal logits, argmax takes the first.
The papers use it beside MAE: loss=eps_softmax_mae.

Args:
    m: at least 0. The paper's, beside MAE: 1e5 (CIFAR-10, symmetric noise), 1e3 (CIFAR-10 asymmetric), 1e4 (CIFAR-100
        symmetric), 1e2 (CIFAR-100 asymmetric).
    floor: in [0, 1). The released code's 1e-8 bounds the loss by -log floor; an example with p_y below floor * (m + 1)
        has no gradient, 1e-3 at m = 1e5. At 0 there is no floor.
    gamma: at least 0. 0 is cross-entropy; the paper's focal form takes 0.1.
    detach: hold the weight (1 - q_y)^gamma constant in the gradient, as in the released code, which made the published
        tables; the formula differentiates it.

>>> from torch import tensor, zeros
>>> EpsSoftmaxCE(m=9.0, floor=1e-8, gamma=0.0, detach=False)(zeros(1, 10), tensor([3]), tensor([0]))    # log(10 * 10)
tensor([4.6052])
>>> EpsSoftmaxCE(m=0.0, floor=1e-8, gamma=0.0, detach=False)(zeros(1, 10), tensor([3]), tensor([0]))    # m = 0: log 10
tensor([2.3026])
"""

import math
from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class EpsSoftmaxCE(nn.Module):
    def __init__(
        self,
        *,
        m: Annotated[float, "[0, inf)"],
        floor: Annotated[float, "[0, 1)"],
        gamma: Annotated[float, "[0, inf)"],
        detach: bool,
    ):
        super().__init__()
        self.m = m
        self.log_floor = math.log(floor) if floor else -math.inf
        self.gamma = gamma
        self.detach = detach

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        log_p = -F.cross_entropy(logits, labels, reduction="none")
        top = logits.argmax(-1) == labels
        # (p_y + m) / (m + 1) is 1 + (p_y - 1) / (m + 1); where it is not taken, p_y = 1 keeps its gradient finite
        log_top = (log_p.where(top, 0).expm1() / (self.m + 1)).log1p()
        log_q = torch.where(top, log_top, log_p - math.log1p(self.m)).clamp(min=self.log_floor)
        # a gamma below 1 has an infinite slope at q_y = 1, where the loss itself has slope 0: stay just beside it
        miss = (-log_q.expm1()).clamp(min=1e-12)
        return -((miss.detach() if self.detach else miss) ** self.gamma) * log_q
