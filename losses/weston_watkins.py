"""Multi-class hinge loss of Weston and Watkins (ESANN 1999).

    L(z, y) = sum_{k != y} max(0, margin + z_k - z_y)              form=sum
    L(z, y) = 1/K sum_{k != y} max(0, margin + z_k - z_y)          form=mean

Every wrong class that is nearer than the margin counts, where Crammer and Singer's hinge counts the nearest one.

Args:
    margin: above 0. 1 in torch's multi_margin_loss and in the noisy-label comparisons of Zhu, Ying and Yang, ICML
        2023. The paper writes 2 (unconfirmed), which for a linear machine is a change of the weights' scale.
    form: "sum" is the paper's. "mean", over all K classes, is torch's and the comparisons'; K times smaller, so that
        a learning rate found for one form does not fit the other.

>>> from torch import tensor
>>> z = tensor([[0.5, 0.2, 0.0]])
>>> WestonWatkins(margin=1.0, form="sum")(z, tensor([0]), tensor([0]))    # (1 + 0.2 - 0.5) + (1 + 0 - 0.5)
tensor([1.2000])
>>> WestonWatkins(margin=1.0, form="sum")(z[:, :2], tensor([0]), tensor([0]))    # two classes: the hinge of z_y - z_k
tensor([0.7000])
"""

from typing import Annotated, Literal

import torch.nn.functional as F
from torch import Tensor, nn


class WestonWatkins(nn.Module):
    def __init__(self, *, margin: Annotated[float, "(0, inf)"], form: Literal["sum", "mean"]):
        super().__init__()
        self.margin = margin
        self.form = form

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        own = logits.gather(-1, labels[:, None])
        is_own = F.one_hot(labels, logits.shape[-1]).bool()
        hinges = (self.margin + logits - own).relu().masked_fill(is_own, 0.0)
        return hinges.sum(-1) if self.form == "sum" else hinges.sum(-1) / logits.shape[-1]
