"""Nested dropout (Chen et al., "Compressing Features for Learning with Noisy Labels", TNNLS 2022, arXiv:2206.13140).

    L = loss(head(f(x) * [1, ..., 1, 0, ..., 0]), y),    the first k of D features, P(k) ~ exp(-(k / sigma)^2)

One k a batch. The first features are there in every step and learn what matters most, later ones refine it; what only
flipped labels need would come last, and is cut off in predictions.

Args:
    sigma: above 0; null: k = D always. The released code's 10 for CIFAR-10 and 100 for CIFAR-100, Clothing1M and
        ANIMAL-10N, of D = 512; the mean of k is about 0.6 sigma.
    keep: how many features predictions use, at least 1; null, or more than there are: all. The paper takes the number
        that is best on validation data: 9 and 10 in the released CIFAR-10 networks, 42 and 47 in those for CIFAR-100.
        So can a sweep, which trains the same network anew for each: -m method.keep=5,10,20 val_fraction=0.1, to be
        judged by val/accuracy. Features that few steps saw are near their initial values: with sigma far below D,
        keep=null adds noise.

The released code's head has no bias, ours is the model's. Regularizers see the cut features and the logits that come
of them. With sigma = null and keep = null it is ERM.

>>> p = shares(512, 10.0)
>>> round(p[0].item(), 6), round((p * torch.arange(1, 513)).sum().item(), 4)    # P(k = 1), the mean of k
(0.118395, 5.9693)
"""

from typing import Annotated, Any

import torch
from torch import Tensor

from runner.contracts.method import Method
from runner.data.loader import Batch, Draw
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.erm import ERM
from runner.parts.models import shapes


class NestedDropout(Method):
    """network, loss, regularizer: as in ERM; input_shape: of one example. All given by the runner."""

    fits = ("any",)

    def __init__(
        self,
        network: Any,
        loss: Criterion,
        regularizer: Penalties,
        input_shape: tuple[int, ...],
        *,
        sigma: Annotated[float, "(0, inf)"] | None,
        keep: Annotated[int, "[1, inf)"] | None,
    ):
        super().__init__()
        self.erm = ERM(network, loss, regularizer)
        self.keep = keep
        features = shapes(network.body, input_shape)[-1][0]
        self.draws: dict[str, Draw] = {} if sigma is None else {"nested_dropout_width": _width(features, sigma)}

    def forward(self, batch: Batch) -> Tensor:
        features = self.erm.network.features(batch.x)
        if self.draws:
            features = first(features, batch.draws["nested_dropout_width"])
        return self.erm.of(features, batch)

    def predict(self, x: Tensor) -> Tensor:
        features = self.erm.network.features(x)
        return self.erm.network.head(features if self.keep is None else first(features, self.keep))


def first(features: Tensor, k: Tensor | int) -> Tensor:
    """features (B, D) with all but the first k set to 0."""
    return features * (torch.arange(features.shape[1], device=features.device) < k)


def shares(features: int, sigma: float) -> Tensor:
    """(D,) the probabilities of k = 1, ..., D, in float64."""
    return (torch.arange(1, features + 1, dtype=torch.float64) / sigma).square().neg().softmax(0)


def _width(features: int, sigma: float) -> Draw:
    p = shares(features, sigma)
    return lambda g, b: 1 + torch.multinomial(p, 1, generator=g)[0]
