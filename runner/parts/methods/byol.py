"""BYOL (Grill et al., "Bootstrap Your Own Latent: A New Approach to Self-Supervised Learning", NeurIPS 2020,
arXiv:2006.07733): one view's embedding predicts what a slower network makes of the other.

    L = [loss(q(z_1), t_2) + loss(q(z_2), t_1)] / 2,    z_i = g(h(v_i)),  t_i the same by the teacher's weights
    w <- m w + (1 - m) (the network's weights), of the teacher's weights w at the start of each step

v_1 and v_2 are two augmentations of an input, h the network's features, g the projection, q the predictor: a layer,
BatchNorm, ReLU and a layer. No gradient reaches the teacher, which begins as the network does. The paper moves it at
the end of a step, which is the same. Its BatchNorm takes the mean and the deviation of its own batch. Projection,
predictor and teacher are left out where the network is evaluated.

With loss=cosine it is the paper's but for the factor 1/2; with loss=nt_xent it is near to MoCo v3 (Chen, Xie and He,
ICCV 2021). m grows to 1 by a cosine, from epoch to epoch; the paper's from step to step. With m = 0 it is SimSiam.

Args:
    width: numbers of an embedding, at least 1; the paper's 256.
    hidden: inside projection and predictor, at least 1; the paper's 4096.
    momentum: m of the first epoch, in [0, 1]; the paper's 0.996. Of few steps that is slow: solo-learn has 0.99.
"""

import math
from typing import Annotated, Any

import torch
from torch import Tensor

from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.projection import perceptron
from runner.parts.methods.simsiam import crossed
from runner.parts.methods.slow import Parts, keep_slow, slowly
from runner.parts.methods.views import OfViews, first_of
from runner.parts.models import shapes


class BYOL(OfViews):
    """network, loss, regularizer: as in ERM; input_shape: of one example. All given by the runner.

    Attributes:
        present: the teacher's m in this epoch.
    """

    fits = ("representation",)
    kinds = ("pair",)

    def __init__(
        self,
        network: Any,
        loss: Criterion,
        regularizer: Penalties,
        input_shape: tuple[int, ...],
        *,
        width: Annotated[int, "[1, 100000]"],
        hidden: Annotated[int, "[1, 100000]"],
        momentum: Annotated[float, "[0, 1]"],
    ):
        super().__init__(network, loss, regularizer)
        dim = shapes(network.body, input_shape)[-1][0]
        self.projection = perceptron(dim, hidden, width)
        self.predictor = perceptron(width, hidden, width)
        self.momentum = self.present = momentum
        keep_slow(self, self._parts())

    def begin(self, epoch: int, epochs: int) -> None:
        self.present = 1 - (1 - self.momentum) * (1 + math.cos(math.pi * (epoch - 1) / epochs)) / 2

    def forward(self, batch: Batch) -> Tensor:
        x = batch.x.flatten(0, 1)
        with torch.no_grad():
            target = slowly(self, self._parts(), self.present, x)
        features = self.network.features(x)
        seen = first_of(batch)
        losses = crossed(self.loss, self.predictor(self.projection(features)), target, seen)
        return self.penalised(losses, features.unflatten(0, (-1, 2)), seen)

    def _parts(self) -> Parts:
        """What the teacher has weights of its own for, by the name of its buffers."""
        return [("body", self.network.body), ("projection", self.projection)]
