"""Cauchy loss, the negative log-likelihood of Cauchy noise but for a factor (as in Dao et al., "Improved Training
Technique for Latent Consistency Models", ICLR 2025).

    L(f, y) = mean over the D targets of log(1 + (f - y)^2 / (2 scale^2))

It grows like a logarithm: beyond sqrt(2) scale an example pulls the less the farther it is. Not convex. The factor 2 is
that paper's; the likelihood of a Cauchy distribution of width w has scale = w / sqrt(2).

Args:
    scale: in standard deviations of the targets, above 0. The paper's constant is for differences of latent images of D
        numbers: 0.00054 sqrt(D), as of iCT's pseudo-Huber loss, and changed during training by a schedule that is not
        confirmed, for the authors' repository holds no code.

>>> from torch import tensor
>>> Cauchy(scale=1.0)(tensor([[0.0]]), tensor([[2.0]]), tensor([0]))    # log 3
tensor([1.0986])
>>> 2e6 * Cauchy(scale=1e3)(tensor([[0.0]]), tensor([[2.0]]), tensor([0]))    # a large scale: the squared error, scaled
tensor([4.0000])
"""

from typing import Annotated

from torch import Tensor, nn


class Cauchy(nn.Module):
    fits = ("regression",)

    def __init__(self, *, scale: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.scale = scale

    def forward(self, prediction: Tensor, target: Tensor, index: Tensor) -> Tensor:
        """prediction (B, D), target (B, D), index (B,) -> losses (B,)."""
        return (((prediction - target) / self.scale).square() / 2).log1p().mean(-1)
