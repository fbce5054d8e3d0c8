"""Label-distribution-aware margins with deferred re-weighting, LDAM-DRW (Cao et al., NeurIPS 2019).

    L(z, y) = w_y * CE(scale * (z - m_y * onehot(y)), y),    m_k = max_margin * (n_min / n_k)^(1/4)
    w_k = 1 until the share drw_from of the epochs is over, then proportional to (1 - drw_beta) / (1 - drw_beta^n_k)

n_k is the number of training examples with given label k. Rare classes get wider margins, first on a network trained
without weights, which learns better features, and in the end with the weights of class-balanced loss. The logits are
cosines in the paper: run it with model.head=cosine. A class without examples counts as one of one example.

Epochs are those of the phase that trains: a student is re-weighted in the end of its own.

Args:
    class_counts: n_k (K,), given by the runner.
    max_margin: the margin of the rarest class, at least 0: the released code's 0.5.
    scale: what the cosines are multiplied by, positive: the released code's 30.
    drw_beta: in [0, 1): the released code's 0.9999.
    drw_from: in [0, 1], the share of the epochs without weights; the released code's 160 epochs of 200 are 0.8.
        null: never weights, which is LDAM alone.

The released code divides a batch of weighted losses by the sum of its weights. A loss of one example cannot see that
sum, so the weights are scaled here to a mean of 1 over the training set, which is what the sum comes to on average.

>>> from torch import tensor, zeros
>>> counts = tensor([16.0, 1.0])
>>> ldam = LDAM(counts, max_margin=0.5, scale=4.0, drw_beta=0.9999, drw_from=None)
>>> ldam(zeros(1, 2), tensor([0]), tensor([0]))    # the margin is 0.5 / 16^(1/4) = 0.25: log(1 + e)
tensor([1.3133])
>>> plain = LDAM(counts, max_margin=0.0, scale=1.0, drw_beta=0.9999, drw_from=None)
>>> plain(zeros(1, 2), tensor([0]), tensor([0]))    # no margin and scale 1 are cross-entropy: log 2
tensor([0.6931])
>>> late = LDAM(counts, max_margin=0.0, scale=1.0, drw_beta=0.9999, drw_from=0.8)
>>> late.begin(161, 200)
>>> late(zeros(1, 2), tensor([1]), tensor([0]))    # the rare class in epoch 161 of 200: about 17 / 2 times log 2
tensor([5.8895])
"""

from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class LDAM(nn.Module):
    heads = ("cosine", "equiangular")
    margins: Tensor
    weights: Tensor
    late: Tensor

    def __init__(
        self,
        class_counts: Tensor,
        *,
        max_margin: Annotated[float, "[0, inf)"],
        scale: Annotated[float, "(0, inf)"],
        drw_beta: Annotated[float, "[0, 1)"],
        drw_from: Annotated[float, "[0, 1]"] | None,
    ):
        super().__init__()
        self.scale = scale
        self.drw_from = drw_from
        counts = class_counts.double().clamp(min=1)
        weights = (1 - drw_beta) / (1 - drw_beta**counts)
        self.register_buffer("margins", max_margin * (counts.min() / counts) ** 0.25)
        self.register_buffer("weights", weights * counts.sum() / (weights * counts).sum())
        self.register_buffer("late", torch.tensor(drw_from == 0))

    def begin(self, epoch: int, epochs: int) -> None:
        # the small slack: 0.7 * 10 is not quite 7
        self.late.fill_(self.drw_from is not None and epoch - 1 >= self.drw_from * epochs - 1e-6)

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        margins = F.one_hot(labels, logits.shape[-1]) * self.margins.to(logits.dtype)
        losses = F.cross_entropy(self.scale * (logits - margins), labels, reduction="none")
        return torch.where(self.late, self.weights[labels].to(logits.dtype), 1.0) * losses
