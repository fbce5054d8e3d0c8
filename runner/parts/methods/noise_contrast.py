"""Noise-contrastive estimation (Gutmann and Hyvarinen, "Noise-Contrastive Estimation of Unnormalized Statistical
Models", JMLR 2012): a network tells data from noise whose density q is known, and so learns log p / q.

    L = loss((f(x), f(z)), (1, 0)),    z = deviation * e,    log p(x) = f(x) + log q(x)

Say loss=logistic. As many points of noise as of data. f is linear in the network's features; it is
the ratio that is learnt, and not log p. The density need not sum to one; an evaluation makes it.

Args:
    deviation: of the noise, N(0, deviation^2) in each coordinate.

Limit: at f = log p / q the gradient is zero in expectation, whatever the noise.
"""

import math
from typing import Annotated, Any

import torch
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.draws import normals
from runner.parts.methods.recovered import check_bits
from runner.parts.models import shapes


class NoiseContrast(Method):
    """network, loss, regularizer, input_shape: of Given.

    Raises:
        ValueError: the loss is not of bits.
    """

    fits = ("density",)
    kinds = ("recovered",)

    def __init__(
        self,
        network: Any,
        loss: Criterion,
        regularizer: Penalties,
        input_shape: tuple[int, ...],
        *,
        deviation: Annotated[float, "(0, inf)"],
    ):
        super().__init__()
        check_bits(loss, True)
        self.network = network
        self.out = nn.Linear(shapes(network.body, input_shape)[-1][0], 1)
        self.loss, self.regularizer = loss, regularizer
        self.deviation = deviation
        self.draws = {"contrast_noise": normals(*input_shape)}

    def forward(self, batch: Batch) -> Tensor:
        noise = self.deviation * batch.draws["contrast_noise"]
        features = self.network.features(torch.cat([batch.x, noise]))
        scores = torch.stack(self.out(features)[:, 0].chunk(2), 1)
        bits = torch.tensor([1.0, 0.0], dtype=scores.dtype, device=scores.device).expand_as(scores)
        losses = self.loss(scores, batch._replace(labels=bits))
        return self.regularizer(losses, features[: len(batch.x)], scores, batch)

    def predict(self, x: Tensor) -> Tensor:
        """Points (M, D) -> log densities (M, 1), up to a constant."""
        ratio: Tensor = self.out(self.network.features(x))
        return ratio + log_normal(x, self.deviation)[:, None]


def log_normal(x: Tensor, deviation: float) -> Tensor:
    """Log density (M,) of N(0, deviation^2) in each coordinate at x (M, D).

    >>> round(log_normal(torch.zeros(1, 2), 1.0).exp().item() * 2 * math.pi, 6)
    1.0
    """
    return -(x / deviation).square().sum(1) / 2 - x.shape[1] * math.log(math.sqrt(2 * math.pi) * deviation)
