"""Attention entropy maximisation, AEM (Zhang et al., "AEM: Attention Entropy Maximization for Multiple Instance
Learning based Whole Slide Image Classification", MICCAI 2025, arXiv:2406.15303).

    penalty = weight * mean over bags and heads of sum over i of a_i * log a_i

where a is the attention of `model=abmil` over the n instances of a bag. The sum is -log n where attention is even, and
0 where it is all on one instance: the penalty keeps a network from looking at a few instances alone.

Args:
    weight: at least 0. The released code's default is 0.0, and the commands of its README have 0.1. 0 is no penalty,
        and plain attention-based multiple instance learning.

Source: the training step of the released code (dazhangyu123/AEM, main.py), which trains on one bag at a time; a mean
over the bags of a batch is ours. Its README says that since 2025 it looks at the 100 instances of most attention alone,
which is not here. What the code reports on validation data is divided by n besides. Attention is computed a second
time, from the bags as the batch has them.

>>> from torch import zeros
>>> negative_entropy(zeros(2, 1, 4))    # even: the least that it can be, -log 4
tensor(-1.3863)
"""

from typing import Annotated

from torch import Tensor, nn

from runner.contracts.terms import Regularizer
from runner.data.loader import Batch
from runner.parts.models.abmil import ABMIL


class AttentionEntropy(Regularizer):
    fits = ("any",)

    def __init__(self, network: nn.Module, *, weight: Annotated[float, "[0, inf)"]):
        super().__init__()
        if not isinstance(network, ABMIL):
            raise ValueError("needs a network that attends to the instances of a bag: model=abmil")
        self.instances, self.pool = network.instances, network.pool
        self.weight = weight

    def forward(self, features: Tensor | None, logits: Tensor | None, batch: Batch) -> Tensor:
        """features (B, D), logits (B, K), batch -> ()."""
        return self.weight * negative_entropy(self.pool.scores(self.instances(batch.x)))


def negative_entropy(scores: Tensor) -> Tensor:
    """Of attention, from what it is the softmax of: (B, heads, n) -> (), in [-log n, 0]."""
    log_a = scores.log_softmax(-1)
    return (log_a.exp() * log_a).sum(-1).mean()
