"""Multi-class hinge loss of Crammer and Singer (JMLR 2001).

    L(z, y) = max(0, max_{k != y} (margin + z_k - z_y))

Only the strongest wrong class counts: the loss is 0 once the own class leads it by the margin. Where several wrong
classes are the strongest, they share the gradient.

Args:
    margin: above 0. The paper's 1, as in the noisy-label comparisons of Zhu, Ying and Yang, ICML 2023; with weight
        decay or normalised logits it sets the scale of the logits.

>>> from torch import tensor
>>> hinge = CrammerSinger(margin=1.0)
>>> hinge(tensor([[0.5, 0.2, -1.0]]), tensor([0]), tensor([0]))    # 1 + 0.2 - 0.5
tensor([0.7000])
>>> hinge(tensor([[3.0, 2.0, -1.0]]), tensor([0]), tensor([0]))    # a lead of the margin is enough
tensor([0.])
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn


class CrammerSinger(nn.Module):
    def __init__(self, *, margin: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.margin = margin

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        own = logits.gather(-1, labels[:, None])
        is_own = F.one_hot(labels, logits.shape[-1]).bool()
        return (self.margin + logits - own).masked_fill(is_own, 0.0).amax(-1)
