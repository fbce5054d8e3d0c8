"""Squentropy (Hui, Belkin and Wright, "Cut your Losses with Squentropy", ICML 2023, arXiv:2302.03952).

    L(z, y) = -log p_y + 1 / (K - 1) * sum_{j != y} z_j^2,    p = softmax(z)

Cross-entropy plus the square loss of the other logits, which keeps these near 0 and is said to calibrate better. No
hyper-parameter: the learning rate is cross-entropy's. It is the raw logits that are squared, not probabilities, so
that a common shift of logits changes the loss. The released vision script multiplies the squares by an option that it
never defines; the other script has no factor, nor has this. The paper's table is unconfirmed.

>>> from torch import tensor, zeros
>>> Squentropy()(tensor([[0.0, 1.0]]), tensor([0]), tensor([0]))    # log(1 + e) + 1^2 / 1
tensor([2.3133])
>>> Squentropy()(zeros(1, 10), tensor([3]), tensor([0]))    # logits of 0: cross-entropy, log 10
tensor([2.3026])
"""

import torch.nn.functional as F
from torch import Tensor, nn


class Squentropy(nn.Module):
    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        others = logits.masked_fill(F.one_hot(labels, logits.shape[-1]).bool(), 0)
        return F.cross_entropy(logits, labels, reduction="none") + others.square().sum(-1) / (logits.shape[-1] - 1)
