"""Confidence penalty (Pereyra et al., "Regularizing Neural Networks by Penalizing Confident Output Distributions", ICLR
2017 workshop, arXiv:1701.06548).

    penalty = -weight * mean over the batch of H(p),    H(p) = -sum over k of p_k * log p_k,    p = softmax(z)

Label smoothing has the divergence of the uniform distribution from p, this has that of p from the uniform one.

Args:
    weight: at least 0. The paper's 0.1 for most of its tasks (unconfirmed). 0 is no penalty.

The paper's variants, which raise the weight during training or let entropies above a threshold be, are not here.

>>> from torch import zeros
>>> ConfidencePenalty(weight=0.1)(zeros(2, 4), zeros(2, 4), None)    # the least that it can be: -0.1 * log 4
tensor(-0.1386)
"""

from typing import Annotated

from torch import Tensor

from runner.contracts.terms import Regularizer
from runner.data.loader import Batch


class ConfidencePenalty(Regularizer):
    def __init__(self, *, weight: Annotated[float, "[0, inf)"]):
        super().__init__()
        self.weight = weight

    def forward(self, features: Tensor, logits: Tensor, batch: Batch | None) -> Tensor:
        """features (B, D), logits (B, K), batch -> ()."""
        log_p = logits.log_softmax(-1)
        return self.weight * (log_p.exp() * log_p).sum(-1).mean()
