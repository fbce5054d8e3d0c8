"""Absolute error (Boscovich, 1757; Laplace).

    L(f, y) = mean over the D targets of |f - y|

Its minimiser is the conditional median; every example pulls alike, however far it is. The classification loss `mae` is
another one: it compares probabilities.

>>> from torch import tensor
>>> L1()(tensor([[1.0, 2.0]]), tensor([[4.0, 2.0]]), tensor([0]))    # (3 + 0) / 2
tensor([1.5000])
>>> L1()(tensor([[1.0]]), tensor([[1.0]]), tensor([0]))
tensor([0.])
"""

from torch import Tensor, nn


class L1(nn.Module):
    fits = ("regression", "boxes")

    def forward(self, prediction: Tensor, target: Tensor, index: Tensor) -> Tensor:
        """prediction (B, D), target (B, D), index (B,) -> losses (B,)."""
        return (prediction - target).abs().mean(-1)
