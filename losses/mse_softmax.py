"""Squared error between softmax and one-hot label, the Brier score (Brier, Monthly Weather Review, 1950).

    L(z, y) = sum_k (p_k - onehot(y)_k)^2,    p = softmax(z)

Proper like cross-entropy, but bounded, by 2: the gradient of a hopeless example vanishes, so that flipped labels pull
less, and training is slower to begin.

Args:
    reduction: what becomes of the K squares. sum is the Brier score, as in the code of LDR (Zhu et al., ICML 2023);
        mean divides it by K, as in the code of ANL (Ye et al., NeurIPS 2023).

>>> from torch import tensor, zeros
>>> MSESoftmax(reduction="sum")(zeros(1, 10), tensor([3]), tensor([0]))    # 0.9^2 + 9 * 0.1^2
tensor([0.9000])
>>> MSESoftmax(reduction="sum")(tensor([[99.0, 0.0]]), tensor([1]), tensor([0]))    # sure and wrong: 1 + 1, the bound
tensor([2.])
"""

from typing import Literal

import torch.nn.functional as F
from torch import Tensor, nn


class MSESoftmax(nn.Module):
    def __init__(self, *, reduction: Literal["sum", "mean"]):
        super().__init__()
        self.reduction = reduction

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        squares = (logits.softmax(-1) - F.one_hot(labels, logits.shape[-1])).square()
        return squares.sum(-1) if self.reduction == "sum" else squares.mean(-1)
