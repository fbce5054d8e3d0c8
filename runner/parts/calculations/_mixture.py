"""Mixtures of round Gaussians whose density, score and samples are known, of float64."""

from math import log, pi
from typing import NamedTuple

import torch
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._network import tensor

NEAR, FAIR = 3.0, 0.2  # deviations from a centre within which a sample is of its mode; the least of a fair share


class Mixture(NamedTuple):
    """Components N(mean, variance I) and their shares.

    Attributes:
        means: (K, D).
        variances: (K,), above 0.
        shares: (K,), with sum 1.
    """

    means: Tensor
    variances: Tensor
    shares: Tensor

    def log_components(self, x: Tensor, noise: Tensor | float = 0.0) -> Tensor:
        """log share + log density (N, K) of each component at x (N, D); `noise` is a variance that is added, () or
        (N, 1)."""
        variances = self.variances + noise
        distances = (x[:, None] - self.means).square().sum(2)
        return self.shares.log() - x.shape[1] / 2 * (log(2 * pi) + variances.log()) - distances / variances / 2

    def log_density(self, x: Tensor, noise: Tensor | float = 0.0) -> Tensor:
        """(N,), of x (N, D)."""
        return self.log_components(x, noise).logsumexp(1)

    def score(self, x: Tensor, noise: Tensor | float = 0.0) -> Tensor:
        """The gradient (N, D) of the log density at x (N, D)."""
        weights = self.log_components(x, noise).softmax(1) / (self.variances + noise)
        return weights @ self.means - weights.sum(1, keepdim=True) * x

    def sample(self, draws: Generator, count: int) -> Tensor:
        """(count, D)."""
        places = draws.choice(len(self.shares), size=count, p=self.shares.numpy())
        normal = tensor(draws.normal(size=(count, self.means.shape[1])))
        return self.means[places] + self.variances[places, None].sqrt() * normal

    def modes(self, x: Tensor) -> int:
        """How many components have at least a fifth of their fair share of samples x (N, D) within 3 deviations."""
        distances = (x[:, None] - self.means).square().sum(2)
        nearest = distances.argmin(1)
        near = distances.gather(1, nearest[:, None])[:, 0] <= NEAR**2 * self.variances[nearest]
        found = torch.bincount(nearest[near], minlength=len(self.shares)) / len(x)
        return int((found >= FAIR * self.shares).sum())


def equal_shares(means: Tensor, deviation: float) -> Mixture:
    """A mixture whose components (K, D) have one deviation and one share."""
    count = len(means)
    same = torch.ones(count, dtype=torch.float64)
    return Mixture(means, deviation**2 * same, same / count)


def ring(modes: int, radius: float, deviation: float) -> Mixture:
    """Centres at equal distances on a circle about 0."""
    angles = 2 * pi * torch.arange(modes, dtype=torch.float64) / modes
    return equal_shares(radius * torch.stack([angles.cos(), angles.sin()], 1), deviation)


def grid(side: int, spacing: float, deviation: float) -> Mixture:
    """side x side centres about 0."""
    along = spacing * (torch.arange(side, dtype=torch.float64) - (side - 1) / 2)
    return equal_shares(torch.cartesian_prod(along, along), deviation)
