"""Early-learning regularization (Liu et al., NeurIPS 2020, arXiv:2007.00151).

    L(z, y) = -log p_y + weight * log(1 - <t, p>),    p = softmax(z)
    t <- beta * t + (1 - beta) * p                    before each use, one t for each training example, held constant

The running average t remembers what the network predicted before it fitted the labels; agreeing with it is rewarded,
which works against the gradient of flipped labels. The loss can be negative. As in the released code, p is clamped to
[1e-4, 1 - 1e-4] in the second term and renormalised before it enters t, and t starts at 0.

Args:
    num_train: N, given by the runner.
    num_classes: K, given by the runner.
    beta: in [0, 1). The paper's: 0.7 (CIFAR-10, symmetric noise), 0.9 (CIFAR-10 asymmetric, CIFAR-100).
    weight: lambda in the paper, at least 0: 3 (CIFAR-10 symmetric), 1 (CIFAR-10 asymmetric), 7 (CIFAR-100).

>>> from torch import tensor, zeros
>>> elr = ELR(4, 10, beta=0.7, weight=3.0)
>>> elr(zeros(1, 10), tensor([3]), tensor([0]))    # t = 0.03 in each class: log 10 + 3 log(1 - 0.03)
tensor([2.2112])
>>> ELR(4, 10, beta=0.7, weight=0.0)(zeros(1, 10), tensor([3]), tensor([0]))    # weight = 0 is cross-entropy: log 10
tensor([2.3026])
"""

from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ELR(nn.Module):
    average: Tensor

    def __init__(
        self,
        num_train: int,
        num_classes: int,
        *,
        beta: Annotated[float, "[0, 1)"],
        weight: Annotated[float, "[0, inf)"],
    ):
        super().__init__()
        self.beta = beta
        self.weight = weight
        self.register_buffer("average", torch.zeros(num_train, num_classes))

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,); moves the averages of the examples in `index`."""
        p = logits.softmax(-1).clamp(1e-4, 1 - 1e-4)
        now = p.detach() / p.detach().sum(-1, keepdim=True)
        target = self.beta * self.average[index] + (1 - self.beta) * now
        self.average[index] = target
        nll = F.cross_entropy(logits, labels, reduction="none")
        return nll + self.weight * (1 - (target * p).sum(-1)).log()
