"""Squared error.

    L(f, y) = mean over the D targets of (f - y)^2,    y clamped to [-clamp, clamp]

Its minimiser is the conditional mean; an outlier pulls with a gradient as long as it is far.

Args:
    clamp: how far a target may lie from 0, in standard deviations, above 0; null leaves targets as they are. Losses
        with bins (hl_gauss, two_hot, soft_scores) clamp targets to where they have bins. This alone makes them more
        robust: compare them with the squared error of targets that are clamped as well.

>>> from torch import tensor
>>> MSE(clamp=None)(tensor([[1.0, 2.0]]), tensor([[4.0, 2.0]]), tensor([0]))    # (3^2 + 0^2) / 2
tensor([4.5000])
>>> MSE(clamp=2.0)(tensor([[1.0, 2.0]]), tensor([[4.0, 2.0]]), tensor([0]))    # (1^2 + 0^2) / 2
tensor([0.5000])
"""

from typing import Annotated

from torch import Tensor, nn


class MSE(nn.Module):
    fits = ("regression", "boxes")

    def __init__(self, *, clamp: Annotated[float, "(0, inf)"] | None):
        super().__init__()
        self.clamp = clamp

    def forward(self, prediction: Tensor, target: Tensor, index: Tensor) -> Tensor:
        """prediction (B, D), target (B, D), index (B,) -> losses (B,)."""
        meant = target if self.clamp is None else target.clamp(-self.clamp, self.clamp)
        return (prediction - meant).square().mean(-1)
