"""Normalized negative focal loss (Ye et al., "Active Negative Loss Functions", NeurIPS 2023).

    L(z, y) = 1 - (A - l_y) / sum_k (A - l_k),    l_k = -(1 - q_k)^gamma * log q_k,    q = max(softmax(z), min_prob)

A is the largest value of l_k, the one at q_k = min_prob. As NNCE, a passive loss, symmetric (over all labels it sums
to K - 1) and in [0, 1], made of the focal loss instead of cross-entropy. Its place is in loss=anl_fl.

Args:
    gamma: at least 0. The released configurations' 0.5 on MNIST, CIFAR-10 and CIFAR-100.
    min_prob: above 0, at most 1e-4, so that it stays below 1 / K and the sum above 0. The released code's 1e-7. An
        example with p_y below it has no gradient of its own logit.
    detach: hold the weights (1 - q_k)^gamma constant in the gradient, as in the released code, which made the
        published tables; the formula differentiates them.

>>> from torch import tensor
>>> p = tensor([[0.75, 0.25]])
>>> NNFL(gamma=1.0, min_prob=1e-4, detach=False)(p.log(), tensor([0]), tensor([0]))    # 1 - 9.1375 / (9.1375 + 8.1697)
tensor([0.4720])
>>> NNFL(gamma=0.0, min_prob=1e-4, detach=False)(p.log(), tensor([0]), tensor([0]))    # gamma = 0 is NNCE
tensor([0.4672])
"""

import math
from typing import Annotated

from torch import Tensor, nn


class NNFL(nn.Module):
    def __init__(self, *, gamma: Annotated[float, "[0, inf)"], min_prob: Annotated[float, "(0, 1e-4]"], detach: bool):
        super().__init__()
        self.gamma = gamma
        self.log_min = math.log(min_prob)
        self.largest = -((1 - min_prob) ** gamma) * self.log_min
        self.detach = detach

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        log_q = logits.log_softmax(-1).clamp(min=self.log_min)
        # a gamma below 1 has an infinite slope at q_k = 1, where the loss itself has slope 0: stay just beside it
        miss = (-log_q.expm1()).clamp(min=1e-12)
        score = self.largest + (miss.detach() if self.detach else miss) ** self.gamma * log_q
        return 1 - score.gather(-1, labels[:, None])[:, 0] / score.sum(-1)
