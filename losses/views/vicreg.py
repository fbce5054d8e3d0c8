"""VICReg (Bardes, Ponce and LeCun, "VICReg: Variance-Invariance-Covariance Regularization for Self-Supervised
Learning", ICLR 2022, arXiv:2105.04906), as released (facebookresearch/vicreg) and as in solo-learn.

    L = a s(z, z') + b (v(z), v(z')) + c (k(z) + k(z')),    z and z' (B, D) the embeddings of two views

    s(z, z') = mean of (z - z')^2 over examples and numbers
    v(z)     = mean_j [1 - sqrt(Var(z_j) + 1e-4)]_+
    k(z)     = sum_{i != j} Cov(z_i, z_j)^2 / D

Variances and covariances are unbiased. There are two losses of this name. The released code, and lightly, take the mean
of v over the two views; the paper's equation 6, and solo-learn, the sum, which doubles the weight b: of one batch they
are 75.076 and 76.079. The two agree in the other terms.

Args:
    invariance, variance, covariance: a, b and c, at least 0; the paper's 25, 25 and 1.
    of_views: what is taken of the variance terms of the two views, "mean" as released or "sum" as in the paper.

>>> from torch import tensor
>>> loss = VICReg(invariance=25.0, variance=25.0, covariance=1.0, of_views="mean")
>>> corners, index = tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]]), tensor([0, 1, 2, 3])
>>> loss(corners, corners, index)    # alike, deviations above 1, uncorrelated
tensor(0.)
>>> loss(0 * corners, 0 * corners, index)    # collapsed: 25 (1 - sqrt(1e-4))
tensor(24.7500)
"""

from typing import Annotated, Literal

from torch import Tensor, nn

from losses.views._variance import correlated, narrow


class VICReg(nn.Module):
    fits = ("any",)
    kind = "views"

    def __init__(
        self,
        *,
        invariance: Annotated[float, "[0, inf)"],
        variance: Annotated[float, "[0, inf)"],
        covariance: Annotated[float, "[0, inf)"],
        of_views: Literal["mean", "sum"],
    ):
        super().__init__()
        self.invariance = invariance
        self.variance = variance / 2 if of_views == "mean" else variance
        self.covariance = covariance

    def forward(self, one: Tensor, other: Tensor, index: Tensor) -> Tensor:
        """one (B, H), other (B, H), index (B,) -> ()."""
        apart = (one - other).square().mean()
        varied = self.variance * (narrow(one) + narrow(other))
        return self.invariance * apart + varied + self.covariance * (correlated(one) + correlated(other))
