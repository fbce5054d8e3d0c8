"""SimSiam (Chen and He, "Exploring Simple Siamese Representation Learning", CVPR 2021, arXiv:2011.10566): one view's
embedding predicts the other's, which no gradient reaches.

    L = [loss(q(z_1), sg(z_2)) + loss(q(z_2), sg(z_1))] / 2,    z_i = g(h(v_i)),  sg: held constant

v_1 and v_2 are two augmentations of an input, h the network's features, g the projection, q the predictor. Both are a
layer, BatchNorm, ReLU and a layer; the paper's projection has three, and ends in BatchNorm. The projection is as wide
inside as the features, the predictor a quarter of `width`, as in the paper. Both are trained, and left out where the
network is evaluated. With loss=cosine it is the paper's, of 2 - 2 cos in place of -cos.

What keeps it from one embedding for all is the predictor and that targets are held constant; feature_std says whether
it did. Training sees no targets, and the head of the network is never trained.

Args:
    width: numbers of an embedding, at least 4; the paper's 2048 on ImageNet.
"""

from typing import Annotated, Any

import torch
from torch import Tensor

from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.projection import perceptron
from runner.parts.methods.views import OfViews, first_of
from runner.parts.models import shapes


class SimSiam(OfViews):
    """network, loss, regularizer: as in ERM; input_shape: of one example. All given by the runner."""

    fits = ("representation",)
    kinds = ("pair",)

    def __init__(
        self,
        network: Any,
        loss: Criterion,
        regularizer: Penalties,
        input_shape: tuple[int, ...],
        *,
        width: Annotated[int, "[4, 100000]"],
    ):
        super().__init__(network, loss, regularizer)
        dim = shapes(network.body, input_shape)[-1][0]
        self.projection = perceptron(dim, dim, width)
        self.predictor = perceptron(width, width // 4, width)

    def forward(self, batch: Batch) -> Tensor:
        features = self.network.features(batch.x.flatten(0, 1))
        embeddings = self.projection(features)
        seen = first_of(batch)
        losses = crossed(self.loss, self.predictor(embeddings), embeddings.detach(), seen)
        return self.penalised(losses, features.unflatten(0, (-1, 2)), seen)


def crossed(loss: Criterion, predicted: Tensor, target: Tensor, batch: Batch) -> Tensor:
    """Losses (B,) between what each view predicts and the other view's target, both (2B, H), views of an example
    one after the other."""
    pairs = torch.stack([predicted.unflatten(0, (-1, 2)), target.unflatten(0, (-1, 2)).flip(1)], 2)
    one, other = (loss(pair, batch) for pair in pairs.unbind(1))
    return (one + other) / 2
