"""Lorentzian (Cauchy) distance of a point and what it is to be, which hardly grows far away (for consistency training
against outliers Dao et al., "Improved Training Technique for Latent Consistency Models", ICLR 2025, arXiv:2502.01441;
citation from memory, unconfirmed).

    L = log(1 + |f - t|^2 / (2 c^2)),    |.|^2 the sum over D

Its gradient is largest at |f - t| = sqrt(2) c, and falls to 0 far away. The paper changes c while training goes on; how
is not known here, so c is a constant.

Args:
    c: above 0, in units of a point.

>>> from torch import tensor, zeros
>>> loss, index = Lorentzian(c=0.5**0.5), tensor([0])
>>> loss(tensor([[1.0, 1.0]]), zeros(1, 2), index).exp()    # 1 + 2
tensor([3.])
"""

from typing import Annotated

from torch import Tensor, nn


class Lorentzian(nn.Module):
    fits = ("density",)
    kind = "recovered"

    def __init__(self, *, c: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.c = c

    def forward(self, prediction: Tensor, target: Tensor, index: Tensor) -> Tensor:
        """prediction (B, D), target (B, D), index (B,) -> losses (B,)."""
        return ((prediction - target).square().sum(-1) / (2 * self.c**2)).log1p()
