"""Circle loss, class-level form (Sun et al., CVPR 2020).

    L(s, y) = -log softmax(u)_y,    u_y = scale * [1 + margin - s_y]_+ * (s_y - (1 - margin))
                                    u_k = scale * [s_k + margin]_+ * (s_k - margin)               for the others

s are cosines between the features and one vector a class, so use model.head=cosine
(runner/parts/models/heads.py); logits that are not bounded are squared and scaled, and training diverges. The brackets
weigh each cosine by how far it is from its optimum, 1 for the own class and 0 for the others, and are held constant in
the gradient: what is already good is hardly pulled.

Args:
    margin: m, in [0, 1]. The paper's, as quoted by pytorch-metric-learning: 0.25 for faces and person
        re-identification, 0.4 for fine-grained retrieval.
    scale: gamma in the paper, above 0. Likewise 256, 128 and 80.

There is no official code; this is the form of TinyZeaMays/CircleLoss (CircleLossLikeCE) and of fast-reid
(CircleSoftmax). Their class vectors start at a norm of about 0.58; those of the head here start at 1, and so turn more
slowly. The form on pairs of a batch's examples is another loss.

>>> from torch import tensor
>>> circle = Circle(margin=0.25, scale=256.0)
>>> circle(tensor([[0.0, 0.0]]), tensor([0]), tensor([0]))    # u = 256 * (-1.25 * 0.75, -0.25 * 0.25) = (-240, -16)
tensor([224.])
>>> circle = Circle(margin=0.25, scale=8.0)
>>> circle(tensor([[1.0, 0.0]]), tensor([0]), tensor([0]))    # at the optimum log(1 + exp(-2 scale margin^2)), not 0
tensor([0.3133])
"""

from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Circle(nn.Module):
    heads = ("cosine", "equiangular")

    def __init__(self, *, margin: Annotated[float, "[0, 1]"], scale: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.margin = margin
        self.scale = scale

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        m, s = self.margin, logits.detach()
        own = (1 + m - s).relu() * (logits - (1 - m))
        other = (s + m).relu() * (logits - m)
        is_own = F.one_hot(labels, logits.shape[-1]).bool()
        return F.cross_entropy(self.scale * torch.where(is_own, own, other), labels, reduction="none")
