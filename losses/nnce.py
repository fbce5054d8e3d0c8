"""Normalized negative cross-entropy (Ye et al., "Active Negative Loss Functions", NeurIPS 2023).

    L(z, y) = 1 - s_y / sum_k s_k,    s_k = log max(p_k, min_prob) - log min_prob,    p = softmax(z)

A passive loss: it presses on the classes that are not the label. s_k is cross-entropy turned upside down, largest at
p_k = 1 and 0 at p_k <= min_prob; its share of the sum makes the loss symmetric (over all labels it sums to K - 1) and
keeps it in [0, 1]. Meant as the second part of an active-passive loss, in place of MAE: loss=anl_ce.

Args:
    min_prob: above 0, at most 1e-4, so that it stays below 1 / K and the sum above 0. The released code's 1e-7 on all
        data sets. An example with p_y below it has no gradient.

>>> from torch import tensor
>>> p = tensor([[0.75, 0.25]])
>>> NNCE(min_prob=1e-4)(p.log(), tensor([0]), tensor([0]))    # 1 - log 7500 / (log 7500 + log 2500)
tensor([0.4672])
>>> NNCE(min_prob=1e-4)(tensor([[0.0, 99.0]]), tensor([0]), tensor([0]))    # p_y below min_prob: the largest loss
tensor([1.])
"""

import math
from typing import Annotated

from torch import Tensor, nn


class NNCE(nn.Module):
    def __init__(self, *, min_prob: Annotated[float, "(0, 1e-4]"]):
        super().__init__()
        self.log_min = math.log(min_prob)

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        score = (logits.log_softmax(-1) - self.log_min).clamp(min=0)
        return 1 - score.gather(-1, labels[:, None])[:, 0] / score.sum(-1)
