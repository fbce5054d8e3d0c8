"""What is predicted of a real target: a number, or a distribution.

All have a value for each target (..., D), in the units of the prediction, computed in closed form:

    point      the number that point metrics look at
    spread     standard deviation; None of a Point
    nll(y)     -log density at y, in nats; None where there is no density
    crps(y)    continuous ranked probability score, the integral of (F(z) - [z >= y])^2 over z, at least 0
    cdf(y)     F(y), the probability of at most y, in [0, 1]; None of a Point

Source of the score: Gneiting and Raftery, "Strictly Proper Scoring Rules, Prediction, and Estimation", JASA 2007.
"""

import math
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor


class Predictive(Protocol):
    """What metrics may ask for; y and all values are (..., D)."""

    @property
    def point(self) -> Tensor: ...

    @property
    def spread(self) -> Tensor | None: ...

    def nll(self, y: Tensor) -> Tensor | None: ...

    def crps(self, y: Tensor) -> Tensor: ...

    def cdf(self, y: Tensor) -> Tensor | None: ...


@dataclass(frozen=True)
class Point:
    """One number, and nothing about how sure it is.

    Attributes:
        mean: (..., D).

    >>> Point(torch.tensor([1.0])).crps(torch.tensor([3.0]))    # the absolute error
    tensor([2.])
    """

    mean: Tensor

    @property
    def point(self) -> Tensor:
        return self.mean

    @property
    def spread(self) -> None:
        return None

    def nll(self, y: Tensor) -> None:
        return None

    def crps(self, y: Tensor) -> Tensor:
        return (y - self.mean).abs()

    def cdf(self, y: Tensor) -> None:
        return None


@dataclass(frozen=True)
class Gaussian:
    """A normal distribution.

    Attributes:
        mean: (..., D).
        scale: (..., D) standard deviation, above 0.

    >>> Gaussian(torch.zeros(1), torch.ones(1)).crps(torch.zeros(1))    # 2 phi(0) - 1 / sqrt(pi)
    tensor([0.2337])
    """

    mean: Tensor
    scale: Tensor

    @property
    def point(self) -> Tensor:
        return self.mean

    @property
    def spread(self) -> Tensor:
        return self.scale

    def nll(self, y: Tensor) -> Tensor:
        z = (y - self.mean) / self.scale
        return z.square() / 2 + self.scale.log() + math.log(2 * math.pi) / 2

    def crps(self, y: Tensor) -> Tensor:
        z = (y - self.mean) / self.scale
        density = (-z.square() / 2).exp() / math.sqrt(2 * math.pi)
        return self.scale * (z * torch.erf(z / math.sqrt(2)) + 2 * density - 1 / math.sqrt(math.pi))

    def cdf(self, y: Tensor) -> Tensor:
        return torch.special.ndtr((y - self.mean) / self.scale)


@dataclass(frozen=True)
class Histogram:
    """A density that is constant within each of m bins.

    Beyond the outer edges it would be 0 and its logarithm infinite: nll takes a target out there for one in the bin
    next to it, as the losses do that clamp their targets. The other values take it as it is.

    Attributes:
        edges: (m + 1,) of the bins, increasing.
        probabilities: (..., D, m), which sum to 1.

    >>> uniform = Histogram(torch.tensor([0.0, 1.0, 2.0]), torch.tensor([[0.5, 0.5]]))
    >>> uniform.nll(torch.tensor([0.3])), uniform.crps(torch.tensor([0.0]))    # log 2, 2 / 3
    (tensor([0.6931]), tensor([0.6667]))
    """

    edges: Tensor
    probabilities: Tensor

    @property
    def point(self) -> Tensor:
        """The mean."""
        return self._pieces.mean

    @property
    def spread(self) -> Tensor:
        return self._pieces.spread

    def nll(self, y: Tensor) -> Tensor:
        bins = torch.bucketize(y.contiguous(), self.edges[1:-1].contiguous())
        density = self.probabilities / self.edges.diff()
        return -density.gather(-1, bins[..., None])[..., 0].clamp(min=torch.finfo(density.dtype).tiny).log()

    def crps(self, y: Tensor) -> Tensor:
        return self._pieces.crps(y)

    def cdf(self, y: Tensor) -> Tensor:
        return self._pieces.cdf(y)

    @property
    def _pieces(self) -> "_Pieces":
        upto = self.probabilities.cumsum(-1)
        return _Pieces(self.edges, torch.cat([torch.zeros_like(upto[..., :1]), upto / upto[..., -1:]], -1))


@dataclass(frozen=True)
class Quantiles:
    """Some quantiles, and the distribution that is uniform between neighbours.

    What is below the lowest level lies at its quantile, and what is above the highest level at that one, so that there
    is no density.

    Attributes:
        levels: (q,) in (0, 1), increasing.
        values: (..., D, q), increasing.

    >>> one = Quantiles(torch.tensor([0.5]), torch.tensor([[2.0]]))
    >>> one.point, one.crps(torch.tensor([5.0]))    # all of it lies at one number
    (tensor([2.]), tensor([3.]))
    """

    levels: Tensor
    values: Tensor

    @property
    def point(self) -> Tensor:
        """The median; where 0.5 is no level, on the line between its neighbours."""
        above = (self.levels < 0.5).sum().clamp(max=len(self.levels) - 1)
        below = (above - (self.levels[above] > 0.5).int()).clamp(min=0)
        gap = (self.levels[above] - self.levels[below]).clamp(min=torch.finfo(self.levels.dtype).tiny)
        share = ((0.5 - self.levels[below]) / gap).clamp(0, 1).to(self.values.dtype)
        low, high = (self.values.index_select(-1, place[None])[..., 0] for place in (below, above))
        return torch.lerp(low, high, share)

    @property
    def spread(self) -> Tensor:
        return self._pieces.spread

    def nll(self, y: Tensor) -> None:
        return None

    def crps(self, y: Tensor) -> Tensor:
        return self._pieces.crps(y)

    def cdf(self, y: Tensor) -> Tensor:
        return self._pieces.cdf(y)

    @property
    def _pieces(self) -> "_Pieces":
        return _Pieces(self.values, self.levels.to(self.values.dtype).expand_as(self.values))


@dataclass(frozen=True)
class _Pieces:
    """A distribution function that is a line between knots: 0 before the first one, 1 from the last one on.

    Attributes:
        knots: (n,) or (..., D, n), increasing; two may be equal.
        upto: (..., D, n) its value at each, approached from above at the first one and from below at the last one.
    """

    knots: Tensor
    upto: Tensor

    @property
    def mean(self) -> Tensor:
        centre, mass, _ = self._parts
        return (mass * centre).sum(-1)

    @property
    def spread(self) -> Tensor:
        centre, mass, width = self._parts
        within = (centre - self.mean[..., None]).square() + width.square() / 12
        return (mass * within).sum(-1).sqrt()

    def cdf(self, y: Tensor) -> Tensor:
        y = y[..., None]
        first, last = self.knots[..., 0], self.knots[..., -1]
        between = self.upto[..., 0] + (self.upto.diff() * self._passed(y)).sum(-1)
        return torch.where(y[..., 0] < first, 0.0, torch.where(y[..., 0] >= last, 1.0, between))

    def crps(self, y: Tensor) -> Tensor:
        """The integral of F^2 left of y, and of (1 - F)^2 right of it: a square on a line has a closed integral."""
        width, before, after = self.knots.diff(), self.upto[..., :-1], self.upto[..., 1:]
        share = self._passed(y[..., None])
        here = before + share * (after - before)
        left = share * (before.square() + before * here + here.square())
        right = (1 - share) * ((1 - here).square() + (1 - here) * (1 - after) + (1 - after).square())
        outside = (self.knots[..., 0] - y).clamp(min=0) + (y - self.knots[..., -1]).clamp(min=0)
        return (width * (left + right)).sum(-1) / 3 + outside

    def _passed(self, y: Tensor) -> Tensor:
        """Which share of each piece lies left of y (..., D, 1), in [0, 1]."""
        width, beyond = self.knots.diff(), y - self.knots[..., :-1]
        share = beyond / width.clamp(min=torch.finfo(y.dtype).tiny)
        return torch.where(width > 0, share, (beyond >= 0).to(share)).clamp(0, 1)

    @property
    def _parts(self) -> tuple[Tensor, Tensor, Tensor]:
        """Centre, mass and width of all parts: the pieces, and what lies at the first and at the last knot."""
        ends = self.knots[..., :1], self.knots[..., -1:]
        centre = torch.cat([ends[0], (self.knots[..., :-1] + self.knots[..., 1:]) / 2, ends[1]], -1)
        mass = torch.cat([self.upto[..., :1], self.upto.diff(), 1 - self.upto[..., -1:]], -1)
        width = torch.cat([torch.zeros_like(ends[0]), self.knots.diff(), torch.zeros_like(ends[1])], -1)
        return centre, mass, width
