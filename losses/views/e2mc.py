"""Effective entropy maximisation, E2MC (Chakraborty, LeCun, Rudner and Learned-Miller, "Improving Pre-Trained
Self-Supervised Embeddings Through Effective Entropy Maximization", AISTATS 2025, arXiv:2411.15931; released code
deepc94/e2mc, commit 875d8de; the paper was not read).

    L = VICReg(z, z') - b mean over views and numbers of H(u_j) + c (k(u) + k(u'))

    u = sigmoid(z) or the normal distribution function of z, in the unit cube,  k as in vicreg.py
    H(u_j) = mean_{i=1..B-m} log((B + 1) / m (u_(i+m) - u_(i)) + 1.2e-7),  u_(i) in order,  m = sqrt(B), rounded

H is the m-spacing estimate of a margin's entropy (Vasicek, 1976), about 0 where margins are uniform, which is the most.
The authors continue the training of networks that VICReg, SwAV or SimSiam had trained; here it is all of training.
Their script for VICReg has the sigmoid and the mean of both views' variance terms, that for SwAV the normal
distribution function.

Args:
    invariance, variance, covariance: of VICReg, see vicreg.py.
    entropy, joint: b and c, at least 0; the defaults of the code, 10 and 1, the paper's are unconfirmed.
    cube: the map to it, "sigmoid" or "normal".

>>> from torch import linspace
>>> even = linspace(0, 1, 101)[1:-1, None]
>>> margins(even, 10).abs() < 1e-2    # uniform: nothing is lost
tensor([True])
>>> margins(even**3, 10) < -0.5
tensor([True])
"""

from typing import Annotated, Literal

import torch
from torch import Tensor, nn
from torch.special import ndtr

from losses.views._variance import correlated, narrow

EPS = torch.finfo(torch.float32).eps


class E2MC(nn.Module):
    fits = ("any",)
    kind = "views"

    def __init__(
        self,
        *,
        invariance: Annotated[float, "[0, inf)"],
        variance: Annotated[float, "[0, inf)"],
        covariance: Annotated[float, "[0, inf)"],
        entropy: Annotated[float, "[0, inf)"],
        joint: Annotated[float, "[0, inf)"],
        cube: Literal["sigmoid", "normal"],
    ):
        super().__init__()
        self.weights = (invariance, variance / 2, covariance, entropy / 2, joint)
        self.cube = torch.sigmoid if cube == "sigmoid" else ndtr

    def forward(self, one: Tensor, other: Tensor, index: Tensor) -> Tensor:
        """one (B, H), other (B, H), index (B,) -> ()."""
        u, v = self.cube(one), self.cube(other)
        m = round(len(u) ** 0.5)
        terms = (
            (one - other).square().mean(),
            narrow(one) + narrow(other),
            correlated(one) + correlated(other),
            -(margins(u, m) + margins(v, m)).mean(),
            correlated(u) + correlated(v),
        )
        return torch.stack([weight * term for weight, term in zip(self.weights, terms, strict=True)]).sum()


def margins(u: Tensor, m: int) -> Tensor:
    """Points (B, D) of the unit cube -> (D,) the m-spacing entropy of each margin, in nats; m is at most B - 1."""
    ordered = u.sort(0).values
    return ((len(u) + 1) / m * (ordered[m:] - ordered[:-m]) + EPS).log().mean(0)
