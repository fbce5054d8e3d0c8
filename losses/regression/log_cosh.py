"""Logarithm of the hyperbolic cosine of the error.

    L(f, y) = mean over the D targets of log cosh(f - y)

Half the squared error near the target, the absolute error less log 2 far from it, and smooth in between.

>>> from torch import tensor
>>> LogCosh()(tensor([[0.0, 0.0]]), tensor([[0.0, 1.0]]), tensor([0]))    # log cosh(1) / 2
tensor([0.2169])
>>> LogCosh()(tensor([[0.0]]), tensor([[10.0]]), tensor([0]))    # 10 - log 2
tensor([9.3069])
"""

import math

import torch.nn.functional as F
from torch import Tensor, nn


class LogCosh(nn.Module):
    fits = ("regression",)

    def forward(self, prediction: Tensor, target: Tensor, index: Tensor) -> Tensor:
        """prediction (B, D), target (B, D), index (B,) -> losses (B,)."""
        error = prediction - target
        return (error + F.softplus(-2 * error) - math.log(2)).mean(-1)
