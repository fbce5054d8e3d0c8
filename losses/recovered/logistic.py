"""Logistic loss of bits that a method asks to be recovered: is a point data, or noise?

    L = mean over D of log(1 + exp(f)) - t f

f is a score and t its bit, 1 or 0. Its minimiser is the log odds of t; of a point of the data beside one of noise that
is log p / q (noise-contrastive estimation of Gutmann and Hyvarinen, JMLR 2012).

>>> from torch import tensor
>>> loss, index = Logistic(), tensor([0])
>>> loss(tensor([[0.0, 0.0]]), tensor([[1.0, 0.0]]), index).exp()
tensor([2.])
"""

import torch.nn.functional as F
from torch import Tensor, nn


class Logistic(nn.Module):
    fits = ("density",)
    kind = "recovered"
    of_bits = True

    def forward(self, prediction: Tensor, target: Tensor, index: Tensor) -> Tensor:
        """prediction (B, D), target (B, D) of 1 and 0, index (B,) -> losses (B,)."""
        return F.binary_cross_entropy_with_logits(prediction, target, reduction="none").mean(-1)
