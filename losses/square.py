"""Rescaled square loss (Hui and Belkin, ICLR 2021, arXiv:2006.07322).

    L(z, y) = 1 / K * [ scale * (z_y - target)^2 + sum_{j != y} z_j^2 ]

Regression of the logits, without softmax, on target * onehot(y). With many classes the label's own square is one of
K; scale and target raise its part. A logit above the target costs as much as one below.

Args:
    scale: k in the paper, above 0.
    target: M in the paper, above 0. From memory the paper takes scale 1 and target 1 for few classes and scale 15,
        target 30 for ImageNet: unconfirmed, as is its division by K, here as in the baseline of the squentropy paper.

>>> from torch import tensor
>>> Square(scale=2.0, target=3.0)(tensor([[1.0, 2.0]]), tensor([0]), tensor([0]))    # (2 * (1 - 3)^2 + 2^2) / 2
tensor([6.])
>>> Square(scale=1.0, target=1.0)(tensor([[1.0, 0.0]]), tensor([0]), tensor([0]))    # logits at the target: 0
tensor([0.])
"""

from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Square(nn.Module):
    def __init__(self, *, scale: Annotated[float, "(0, inf)"], target: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.scale = scale
        self.target = target

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        own = F.one_hot(labels, logits.shape[-1]).bool()
        return torch.where(own, self.scale * (logits - self.target).square(), logits.square()).mean(-1)
