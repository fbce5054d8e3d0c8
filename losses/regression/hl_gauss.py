"""Histogram loss with a normal distribution around the target, HL-Gauss (Imani and White, "Improving Regression
Performance with Distributional Losses", ICML 2018; Farebrother et al., "Stop Regressing: Training Value Functions via
Classification for Scalable Deep RL", ICML 2024, arXiv:2403.03950, appendix A).

    L(z, y) = mean over the D targets of -sum_k p_k log softmax(z)_k
    p_k     = P(edge_k < Y <= edge_k+1),    Y normal around y with deviation sigma * width, truncated to [low, high]

The head has m logits a target. Targets are clamped to [low, high], which alone takes force from outliers: compare with
mse_clamped. Truncation moves the mean of p towards the middle for targets near the ends.

Args:
    bins: m, at least 2, equally wide. The paper's number is 51 or more (not confirmed).
    low, high: where the first bin begins and the last one ends, in standard deviations of the targets.
    sigma: deviation in widths of a bin, above 0; the paper's is 0.75. Towards 0, p is 1 in the bin of the target; it
        is not two_hot's.

Raises:
    ValueError: low is not below high.

>>> from torch import tensor
>>> loss = HLGauss(bins=2, low=-1.0, high=1.0, sigma=0.75)
>>> loss(tensor([[0.0, 0.0]]), tensor([[0.3]]), tensor([0]))    # uniform logits: log 2, whatever the target
tensor([0.6931])
>>> HLGauss(bins=4, low=-1.0, high=1.0, sigma=1e-3).shares(tensor([0.3]))
tensor([[0., 0., 1., 0.]])
"""

from typing import Annotated

import torch
from torch import Tensor

from losses.regression._bins import Bins, check


class HLGauss(Bins):
    def __init__(
        self,
        *,
        bins: Annotated[int, "[2, 1000000]"],
        low: float,
        high: float,
        sigma: Annotated[float, "(0, inf)"],
    ):
        check(low, high)
        super().__init__(low, high, bins)
        self.low = low
        self.high = high
        self.scale = sigma * (high - low) / bins

    def shares(self, target: Tensor) -> Tensor:
        meant = target.clamp(self.low, self.high)[..., None]
        upto = torch.special.ndtr((self.edges.to(meant.dtype) - meant) / self.scale)
        return upto.diff() / (upto[..., -1:] - upto[..., :1])
