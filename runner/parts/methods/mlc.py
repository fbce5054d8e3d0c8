"""Manifold linearising and clustering, MLC (Ding, Tong, Chan, Dai, Ma and Haeffele, "Unsupervised Manifold Linearizing
and Clustering", ICCV 2023, arXiv:2301.01805): embeddings fill all directions, and those of one cluster few.

    L = weight loss(z_1, z_2) - mean over both views of [R(z) - mean_j R(z; j)]
    R(z) = 1/2 log det(I + D/(B e) sum_i z_i z_i^T),    R(z; j) = 1/2 log det(I + D/e sum_i P_ij z_i z_i^T)
    P = argmax <P, c c^T> + gamma H(P),  of which each row and each column sums to 1    (Sinkhorn and Knopp)

z = g(h(v)) and c = q(h(v)), each divided by its length, are embeddings (B, D) of a view v, h the network's features, g
the projection of method=two_views and q another such. P (B, B) says who is in a cluster with whom: each example is the
middle of a cluster of its own, and the number of clusters is not said. H is the entropy.

No released code was found, and the full paper was not read. Unconfirmed are e, which is the paper's epsilon squared,
gamma, and the schedule: in the first epochs no cluster is compressed, as where the paper begins with R and
augmentations alone. From memory it copies g to q then; here q begins as it was drawn. loss=cosine, that views stay near
to each other afterwards, and that both views have a P, are unconfirmed, too.

A step has 2 B determinants of D x D numbers: batches of 64 are enough.

Args:
    width: D, at least 1.
    distortion: e, above 0. The smaller, the more directions count.
    gamma: above 0. The smaller, the fewer examples a cluster has.
    weight: of the loss of the two views, at least 0.
    warm_up: share of the epochs in which no cluster is compressed, in [0, 1].
    iterations: of Sinkhorn and Knopp, at least 1. Rows sum to 1 after each, columns in the limit.

>>> from torch import eye
>>> rate(eye(2), 4.0)    # half of log det(I + 4/2 I)
tensor(1.0986)
>>> members(eye(2), 1e-2, 10).round(decimals=4)    # those who differ are not in one cluster
tensor([[1., 0.],
        [0., 1.]])
"""

from typing import Annotated, Any

import torch
import torch.nn.functional as F
from torch import Tensor

from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.projection import two_layers
from runner.parts.methods.two_views import TwoViews
from runner.parts.methods.views import first_of
from runner.parts.models import shapes


class MLC(TwoViews):
    """network, loss, regularizer, input_shape: as in TwoViews; given by the runner."""

    fits = ("representation",)
    kinds = ("pair",)

    def __init__(
        self,
        network: Any,
        loss: Criterion,
        regularizer: Penalties,
        input_shape: tuple[int, ...],
        *,
        width: Annotated[int, "[1, 10000]"],
        distortion: Annotated[float, "(0, inf)"],
        gamma: Annotated[float, "(0, inf)"],
        weight: Annotated[float, "[0, inf)"],
        warm_up: Annotated[float, "[0, 1]"],
        iterations: Annotated[int, "[1, 1000000]"],
    ):
        super().__init__(network, loss, regularizer, input_shape, width=width)
        dim = shapes(network.body, input_shape)[-1][0]
        self.clusters = two_layers(dim, dim, width)
        self.strength, self.gamma, self.iterations = width / distortion, gamma, iterations
        self.weight, self.warm_up = weight, warm_up
        self.compresses = warm_up == 0

    def begin(self, epoch: int, epochs: int) -> None:
        self.compresses = epoch > round(self.warm_up * epochs)

    def forward(self, batch: Batch) -> Tensor:
        features = self.network.features(batch.x.flatten(0, 1))
        z = F.normalize(self.projection(features), dim=1).unflatten(0, (-1, 2))
        views, seen = z.transpose(0, 1), first_of(batch)
        gained = rate(views, self.strength)
        if self.compresses:
            c = F.normalize(self.clusters(features), dim=1).unflatten(0, (-1, 2)).transpose(0, 1)
            gained = gained - compressed(views, members(c, self.gamma, self.iterations), self.strength)
        losses = self.weight * self.loss(z, seen) - gained.mean()
        return self.penalised(losses, features.unflatten(0, (-1, 2)), seen)


def members(c: Tensor, gamma: float, iterations: int) -> Tensor:
    """Embeddings (..., B, D) of length 1 -> P (..., B, B) of the module's docstring, after so many iterations."""
    kernel = c @ c.mT / gamma
    column = torch.zeros_like(kernel[..., :1, :])
    for _ in range(iterations):
        row = -(kernel + column).logsumexp(-1, keepdim=True)
        column = -(kernel + row).logsumexp(-2, keepdim=True)
    return (kernel + column).softmax(-1)


def rate(z: Tensor, strength: float) -> Tensor:
    """R (...) of embeddings (..., B, D), in nats, with this D/e."""
    return _half_log_det(strength / z.shape[-2] * z.mT @ z)


def compressed(z: Tensor, p: Tensor, strength: float) -> Tensor:
    """The mean (...) over clusters of their R, of embeddings (..., B, D) with P (..., B, B)."""
    of_each = torch.einsum("...ij,...id,...ie->...jde", p, z, z)
    return _half_log_det(strength * of_each).mean(-1)


def _half_log_det(scatter: Tensor) -> Tensor:
    """(...) of I and a matrix (..., D, D)."""
    identity = torch.eye(scatter.shape[-1], dtype=scatter.dtype, device=scatter.device)
    half: Tensor = torch.logdet(identity + scatter) / 2
    return half
