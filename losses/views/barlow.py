"""Barlow Twins (Zbontar et al., "Barlow Twins: Self-Supervised Learning via Redundancy Reduction", ICML 2021,
arXiv:2103.03230), as released (facebookresearch/barlowtwins).

    C = z^T z' / B,  z and z' the embeddings of two views, each number of mean 0 and deviation 1 over the batch
    L = sum_i (1 - C_ii)^2 + lambda sum_{i != j} C_ij^2

Deviations are those of BatchNorm: biased, with 1e-5 added to the variance. L is least, about 0, where the views of an
example are alike and no number of an embedding tells of another.

Args:
    redundancy: lambda, at least 0; the paper's 0.005.

>>> from torch import tensor
>>> loss, index = Barlow(redundancy=0.005), tensor([0, 1, 2, 3])
>>> corners = tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
>>> round(loss(corners, corners, index).item(), 4)    # alike, and uncorrelated
0.0
>>> round(loss(corners, -corners, index).item(), 4)    # correlations of -1: 2 (1 + 1)^2
7.9999
"""

from typing import Annotated

from torch import Tensor, nn

EPS = 1e-5


class Barlow(nn.Module):
    fits = ("any",)
    kind = "views"

    def __init__(self, *, redundancy: Annotated[float, "[0, inf)"]):
        super().__init__()
        self.redundancy = redundancy

    def forward(self, one: Tensor, other: Tensor, index: Tensor) -> Tensor:
        """one (B, H), other (B, H), index (B,) -> ()."""
        correlation = _standardised(one).mT @ _standardised(other) / len(one)
        own = correlation.diagonal()
        elsewhere = correlation.square().sum() - own.square().sum()
        return (1 - own).square().sum() + self.redundancy * elsewhere


def _standardised(z: Tensor) -> Tensor:
    return (z - z.mean(0)) / (z.var(0, correction=0) + EPS).sqrt()
