"""Log-spherical softmax (de Brebisson and Vincent, ICLR 2016, arXiv:1511.05042).

    L(z, y) = -log((z_y^2 + epsilon) / sum_k (z_k^2 + epsilon))

Squares take the place of softmax's exponentials. The sign of a logit says nothing, and a common shift of logits changes
the loss. A logit of exactly 0 gets no gradient: a head that starts at zero never leaves it.

Args:
    epsilon: above 0; keeps the logarithm finite. The paper tunes it; its values are unconfirmed.

>>> from torch import tensor, zeros
>>> LogSpherical(epsilon=1.0)(tensor([[2.0, 0.0]]), tensor([0]), tensor([0]))    # log(6 / 5)
tensor([0.1823])
>>> LogSpherical(epsilon=0.01)(zeros(1, 10), tensor([3]), tensor([0]))    # logits all equal: log 10, as cross-entropy
tensor([2.3026])
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn


class LogSpherical(nn.Module):
    def __init__(self, *, epsilon: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.epsilon = epsilon

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        return F.cross_entropy((logits.square() + self.epsilon).log(), labels, reduction="none")
