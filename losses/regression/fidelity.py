"""Soft labels for scores that have a spread (You et al., "Teaching Large Language Models to Regress Accurate Image
Quality Scores Using Score Distribution", DeQA-Score, CVPR 2025).

    p_k  = mass at level k of a normal distribution with mean y and deviation scale, then a p_k + b, cut off at 0
    kl       L(z, y) = mean over the D targets of sum_k p_k (log p_k - log softmax(z)_k)
    fidelity L(z, y) = mean over the D targets of 1 - sum_k sqrt(p_k softmax(z)_k)

a and b make p sum to 1 with the mean y. Cutting off comes afterwards, as in the released code, so that both may be
missed. Where the mean is missed by more than `tolerance`, p is two_hot's instead. The head has m logits a target, of
equally spaced levels. Targets are clamped to the outer ones: compare with mse_clamped.

The paper's scores each have a measured deviation, and its loss of single images is kl; soft_scores is that. Here
(decided) all targets have one deviation. fidelity (Tsai et al., "FRank", SIGIR 2007) compares the same two
distributions; the paper has it for the order of two images.

Args:
    bins: m, at least 2. The paper's 5, from bad to excellent.
    low, high: the first and the last level, in standard deviations of the targets.
    scale: deviation in distances between levels, at least 0.2, below which the released code takes two_hot's p.
    mass: pdf, the density at the level (the paper's for KonIQ and KADID); or cdf, the probability of the bin (SPAQ).
    tolerance: in distances between levels, at least 0. The released code has 0.1.
    divergence: kl or fidelity.

Raises:
    ValueError: low is not below high.

>>> from torch import tensor
>>> loss = SoftScores(bins=5, low=1.0, high=5.0, scale=0.6, mass="cdf", tolerance=0.1, divergence="fidelity")
>>> loss.shares(tensor([3.2]))
tensor([[0.0019, 0.1192, 0.5706, 0.2936, 0.0147]])
>>> loss(loss.shares(tensor([[3.2]])).log().flatten(1), tensor([[3.2]]), tensor([0])).abs() < 1e-4    # alike: 0
tensor([True])
"""

import math
from typing import Annotated, Literal

import torch
from torch import Tensor

from losses.regression._bins import Bins, around, levels, two_hot

MIDDLE = (
    1e-3  # distances between levels: a target so near to the middle has it for its mean, and a and b are not unique
)


class SoftScores(Bins):
    def __init__(
        self,
        *,
        bins: Annotated[int, "[2, 1000000]"],
        low: float,
        high: float,
        scale: Annotated[float, "[0.2, inf)"],
        mass: Literal["pdf", "cdf"],
        tolerance: Annotated[float, "[0, inf)"],
        divergence: Literal["kl", "fidelity"],
    ):
        super().__init__(*around(low, high, bins), bins)
        self.centres = low, high, bins
        self.scale = scale
        self.mass = mass
        self.tolerance = tolerance
        self.divergence = divergence

    def shares(self, target: Tensor) -> Tensor:
        level, centres = levels(target, *self.centres)
        raw = self._raw(level, centres)
        total = raw.sum(-1, keepdim=True)
        off, apart = level - centres.mean(), centres - centres.mean()
        central = off.abs() < MIDDLE
        lever = (raw * apart).sum(-1, keepdim=True).where(~central, 1.0)
        slope = torch.where(central, 1 / total, off / lever)
        soft = (slope * raw + (1 - slope * total) / len(centres)).clamp(min=0)
        missed = ((soft * centres).sum(-1, keepdim=True) - level).abs()
        return torch.where(missed > self.tolerance, two_hot(level, centres), soft)

    def compared(self, shares: Tensor, log_p: Tensor) -> Tensor:
        if self.divergence == "fidelity":
            return 1 - (shares.sqrt() * (log_p / 2).exp()).sum(-1)
        return (torch.xlogy(shares, shares) - shares * log_p).sum(-1)

    def _raw(self, level: Tensor, centres: Tensor) -> Tensor:
        if self.mass == "pdf":
            density = (-((centres - level) / self.scale).square() / 2).exp()
            return density / (self.scale * math.sqrt(2 * math.pi))
        upto = [torch.special.ndtr((centres + side - level) / self.scale) for side in (-0.5, 0.5)]
        return upto[1] - upto[0]
