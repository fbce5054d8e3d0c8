"""Mixed Barlow Twins (Bandara, De Melo and Patel, "Guarding Barlow Twins Against Overfitting with Mixed Samples", 2023,
arXiv:2312.02151; released code wgcban/mix-bt): mixtures of inputs are to be mixtures of embeddings, as correlations see
them.

    L = loss(z_1, z_2) + scale lambda sum_k |C(z_m, z_k) - a C(z_1, z_k) - (1 - a) C(z_2[p], z_k)|^2,    k = 1, 2
    v_m = a v_1 + (1 - a) v_2[p],  a ~ Beta(1, 1), one a batch,  p the batch in another order
    C(z, z') = z^T z' / B,  each number of mean 0 and deviation 1 over the batch

v_1 and v_2 are two augmentations of an input, z = g(h(v)), h the network's features, g the projection of
method=two_views. Deviations are unbiased here, as released, and those of loss=barlow biased, as in the code of Barlow
Twins: the released total has the unbiased ones in both. With another loss of two views of a batch it mixes likewise.
A step has three passes for the two of method=two_views.

Args:
    width: numbers of an embedding, at least 1.
    redundancy: lambda, at least 0; the loss's, 0.005 by default in the code.
    scale: at least 0; the code's 4 for CIFAR. 0 is method=two_views, but for the third pass.
"""

from typing import Annotated, Any

from torch import Tensor

from runner.data.loader import Batch, Draw
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.draws import beta, permutation
from runner.parts.methods.two_views import TwoViews
from runner.parts.methods.views import first_of

LEAST = 1e-12  # of a variance


class MixedBarlow(TwoViews):
    """network, loss, regularizer, input_shape: as in TwoViews; given by the runner."""

    fits = ("any",)
    kinds = ("views",)
    draws: dict[str, Draw]

    def __init__(
        self,
        network: Any,
        loss: Criterion,
        regularizer: Penalties,
        input_shape: tuple[int, ...],
        *,
        width: Annotated[int, "[1, 1000000]"],
        redundancy: Annotated[float, "[0, inf)"],
        scale: Annotated[float, "[0, inf)"],
    ):
        super().__init__(network, loss, regularizer, input_shape, width=width)
        self.weight = redundancy * scale
        self.draws = {"mixed_barlow_share": beta(1.0), "mixed_barlow_places": permutation}

    def forward(self, batch: Batch) -> Tensor:
        share, places = batch.draws["mixed_barlow_share"], batch.draws["mixed_barlow_places"]
        one, other = batch.x.unbind(1)
        features = self.network.features(batch.x.flatten(0, 1)).unflatten(0, (-1, 2))
        embeddings = self.projection(features)
        mixture = self.projection(self.network.features(share * one + (1 - share) * other[places]))
        seen = first_of(batch)
        losses = self.loss(embeddings, seen)
        apart = mixed_apart(embeddings[:, 0], embeddings[:, 1], mixture, places, share)
        losses = losses + self.weight * apart
        return self.penalised(losses, features, seen)


def mixed_apart(one: Tensor, other: Tensor, mixture: Tensor, places: Tensor, share: Tensor) -> Tensor:
    """() how far the correlations of a mixture's embeddings (B, D) are from the mixture of correlations."""
    z, w, m = _standardised(one), _standardised(other), _standardised(mixture)
    expected = share * z + (1 - share) * w[places]
    apart = [((m - expected).mT @ each / len(z)).square().sum() for each in (z, w)]
    return apart[0] + apart[1]


def _standardised(z: Tensor) -> Tensor:
    return (z - z.mean(0)) / z.var(0).clamp(min=LEAST).sqrt()
