"""Generalized sum pooling: a mean of places that weighs them by transport to prototypes."""

from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from runner.contracts.model import Model
from runner.parts.models.cnn1d import OneChannel, convolutions
from runner.parts.models.heads import Head, make_head
from runner.parts.models.layers import Activation, PlainNorm

STEPS = 50  # halvings of an interval about 10 gamma wide at most: float32 has no closer root


class GSPCNN1d(Model):
    """The convolutions of `cnn1d`, generalized sum pooling (GSP) of their places, and a linear layer.

    Each place holds 1 / N of the mass, of which the share mu goes to prototypes at the least cost: places that are
    near some prototype weigh more. See `GeneralizedSumPooling`; gamma=0 is mean pooling.

    After Y. Z. Gurbuz, O. Sener, A. A. Alatan, "Generalized Sum Pooling for Metric Learning", ICCV 2023 (repository
    yetigurbuz/generalized-sum-pooling). mu=0.5, gamma=20 and 32 prototypes are those of its tensorflow configuration;
    its pytorch layer has mu=0.3 and gamma=0.1, which is nearly the plain mean. Three things differ from it: the plan is
    the exact one, where it takes 100 iterations; the pooling is the mean, where its pytorch layer by default takes the
    maximum of weighed places; and its second loss, of predicting held-out classes from the plan, is left out.

    Args:
        input_shape: (D,) of one example, D at least 8; given by the runner.
        num_outputs: H, given by the runner.
        width: C, channels of each convolution, and so of the features.
        prototypes: P, trained directions of C numbers, drawn from a standard normal distribution.
        mu: the share of the mass that is transported.
        gamma: 1 / temperature of the plan.
        norm: before each activation.
        activation: see runner/parts/models/layers.py.
        head: the last layer, see runner/parts/models/heads.py.
    Raises:
        ValueError: the inputs are no vectors of at least 8 numbers.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        num_outputs: int,
        *,
        width: Annotated[int, "[1, 1000000]"],
        prototypes: Annotated[int, "[1, 1000000]"],
        mu: Annotated[float, "(0, 1)"],
        gamma: Annotated[float, "[0, inf)"],
        norm: PlainNorm,
        activation: Activation,
        head: Head,
    ):
        super().__init__()
        layers, _ = convolutions(input_shape, width, norm, activation)
        self.body = nn.Sequential(OneChannel(), *layers, GeneralizedSumPooling(width, prototypes, mu, gamma))
        self.head = make_head(head, width, num_outputs)


class GeneralizedSumPooling(nn.Module):
    """Features of places (B, C, N) -> their weighed mean (B, C). Costs are distances of features and prototypes, both
    scaled to length 1; what is averaged are the features as they are.

    Args:
        channels: C.
        prototypes: how many.
        mu: in (0, 1).
        gamma: at least 0.
    """

    def __init__(self, channels: int, prototypes: int, mu: float, gamma: float):
        super().__init__()
        self.mu, self.gamma = mu, gamma
        self.prototypes = nn.Parameter(torch.randn(prototypes, channels))

    def forward(self, x: Tensor) -> Tensor:
        cosines = F.normalize(self.prototypes, dim=1) @ F.normalize(x, dim=1)
        costs = (2 - 2 * cosines).clamp_min(1e-6).sqrt()  # the slope of a distance of 0 is infinite
        return (x * transport_weights(costs, self.mu, self.gamma)[:, None]).mean(2)


def transport_weights(costs: Tensor, mu: float, gamma: float) -> Tensor:
    """Weights (B, N) of places, of mean 1 and at most 1 / mu, by costs (B, P, N) of their transport to prototypes.

    The plan p (P, N) minimises sum(p * costs) - H / gamma, with H the entropy of p and of what stays. A place gives
    away 1 / N at most, all places together mu. Of place n goes sigmoid(m + log s[n]) / N, where s[n] is the sum of
    exp(-gamma * costs[:, n]) and m makes the mean of the sigmoids mu; the weight is that over mu / N. m is found by
    halving; its gradient is that of the equation which it solves. A second derivative is not that of the weights.

    >>> transport_weights(torch.tensor([[[0.0, 1.0]]]), mu=0.5, gamma=0.0)
    tensor([[1., 1.]])
    >>> transport_weights(torch.tensor([[[0.0, 1.0]]]), mu=0.5, gamma=2.0)   # 2 sigmoid(1) and 2 sigmoid(-1)
    tensor([[1.4621, 0.5379]])
    """
    near = torch.logsumexp(-gamma * costs, dim=1)
    found = _shift(near.detach(), mu)
    slope = torch.sigmoid(found + near.detach()) * torch.sigmoid(-found - near.detach())
    share = slope / slope.sum(1, keepdim=True).clamp_min(torch.finfo(slope.dtype).tiny)
    moved = (share * (near - near.detach())).sum(1, keepdim=True)  # 0, with the gradient of -m
    return torch.sigmoid(found - moved + near) / mu


def _shift(near: Tensor, mu: float) -> Tensor:
    """m (B, 1) with a mean of sigmoid(m + near) of mu, near (B, N)."""
    middle = torch.logit(torch.full_like(near[:, :1], mu))
    low, high = middle - near.amax(1, keepdim=True), middle - near.amin(1, keepdim=True)
    for _ in range(STEPS):
        m = (low + high) / 2
        below = torch.sigmoid(m + near).mean(1, keepdim=True) < mu
        low, high = torch.where(below, m, low), torch.where(below, high, m)
    return (low + high) / 2
