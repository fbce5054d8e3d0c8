"""MixCE: cross-entropy mixed with an approximate reverse cross-entropy (Zhang et al., "MixCE: Training Autoregressive
Language Models by Mixing Forward and Reverse Cross-Entropies", ACL 2023, arXiv:2305.16958).

    L(z, y) = -(eta + (1 - eta) p_y) log p_y,    p = softmax(z), the p_y before the logarithm held constant

The released code adds this up over the tokens of a sequence; here an example is a token and its context. The gradient
is that of eta * (-log p_y) - (1 - eta) * p_y, cross-entropy and mean absolute error, and so that of symmetric
cross-entropy at alpha = eta and beta = (1 - eta) / -log_floor. Likely labels pull more than under cross-entropy, and
training ends at a sharper law than the true one: where labels have the law t, the gradient of the expected loss is 0
at p_k = eta t_k / (Z - (1 - eta) t_k), with Z so that these sum to 1. That is t only if eta is 1, or if t is uniform on
its support.

Args:
    eta: weight of cross-entropy, in [0, 1]; 1 is cross-entropy. The released logs try 0, 0.01, 0.1, 0.5, 0.9, 0.99 and
        1, and take the best on validation data.

>>> from torch import tensor, zeros
>>> MixCE(eta=0.5)(zeros(1, 10), tensor([3]), tensor([0]))    # (0.5 + 0.05) log 10
tensor([1.2664])
>>> MixCE(eta=1.0)(zeros(1, 10), tensor([3]), tensor([0]))    # eta = 1 is cross-entropy
tensor([2.3026])
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn


class MixCE(nn.Module):
    def __init__(self, *, eta: Annotated[float, "[0, 1]"]):
        super().__init__()
        self.eta = eta

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        nll = F.cross_entropy(logits, labels, reduction="none")
        return (self.eta + (1 - self.eta) * (-nll).exp().detach()) * nll
