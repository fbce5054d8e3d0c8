"""SepCLR (Louiset, Duchesnay, Grigis and Gori, "Separating common from salient patterns with Contrastive Representation
Learning", ICLR 2024; released code neurospin-projects/2024_rlouiset_sep_clr, cifar_mnist/sep_clr_k-jem.py): one network
for what all examples have, and another for what only some have besides.

    L_i = loss(c, c') + salient [A(s, s') + U(ts) + U(ts')] + background [N(s) + N(s')] / 2
          + joint [J(c, ts) + J(c', ts')] / 2
    A(s, s') = mean over targets of |s_i - s'_i|^2,    N(s) = mean over background of |s_i|^2
    U(s) = log mean_{i<j} k(s_i - s_j),    J(c, s) = mean_i log mean_j k(c_i - c_j) k(s_i - s_j),  j = i included
    k(d) = exp(-|d|^2 / (2 tau)),    t_i = 1 of a target, 0 of background

Environment 0 of the data set is background, 1 are targets, which have something more. c is the common embedding of the
first view and c' of the second, divided by their lengths, s and s' the salient ones as they are. So s is to be zero on
background and to tell targets apart, c tells all apart, and J, minus an estimate of their joint entropy, is lowest
where c and s say different things. The released loss of c is loss=uniformity with weight 2 and sharpness 1.

Each network ends in a linear layer, which is evaluated, and has a projection behind it: a layer, BatchNorm, ReLU and a
layer. Released are two passes for two views, so that BatchNorm sees each alone; here it sees both. A batch without
targets, or without background, has 0 in the place of their mean, where released code has nan: sampler=domain_balanced
has both in each.

With salient = background = joint = 0 the common network is method=two_views with these layers.

Args:
    width: numbers of a linear layer and of an embedding, at least 1; the released 32.
    hidden: of a projection, at least 1; the released 128.
    tau: above 0; the released 0.5.
    salient, background, joint: weights, at least 0; the released 1000, 1000 and 10.
    features: which linear layer is evaluated, that of the "common" network or of the "salient" one. That network is the
        one that is kept, and that penalties look at.

>>> from torch import tensor
>>> at = tensor([[1.0, 0.0], [-1.0, 0.0]])
>>> joint_density(at, 0 * at, 0.5)    # log((1 + exp(-4)) / 2), of both
tensor(-0.6750)
"""

from math import log
from typing import Annotated, Any, Literal

import torch.nn.functional as F
from torch import Tensor, nn

from losses.views._spread import squares, uniformity
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.domains import members, shares, two
from runner.parts.methods.projection import perceptron
from runner.parts.methods.views import OfViews, first_of
from runner.parts.models import shapes


class SepCLR(OfViews):
    """network, another, loss, regularizer, input_shape, domain: of Given.

    Raises ValueError where the data set has no environments, or other than two.

    Attributes:
        network: the one that is evaluated.
        second: the other one.
        layer, projection: of the one that is evaluated; second_layer, second_projection: of the other one.
    """

    fits = ("representation",)
    unprobed = ("any",)  # those of a layer after the network are
    kinds = ("pair", "views")
    compares_environments = True

    second: Any
    layer: nn.Module
    projection: nn.Module
    second_layer: nn.Module
    second_projection: nn.Module
    domain: Tensor

    def __init__(
        self,
        network: Any,
        another: Any,
        loss: Criterion,
        regularizer: Penalties,
        input_shape: tuple[int, ...],
        domain: Tensor | None,
        *,
        width: Annotated[int, "[1, 1000000]"],
        hidden: Annotated[int, "[1, 1000000]"],
        tau: Annotated[float, "(0, inf)"],
        salient: Annotated[float, "[0, inf)"],
        background: Annotated[float, "[0, inf)"],
        joint: Annotated[float, "[0, inf)"],
        features: Literal["common", "salient"],
    ):
        dim = shapes(network.body, input_shape)[-1][0]
        parts = [(each, nn.Linear(dim, width), perceptron(width, hidden, width)) for each in (network, another(1))]
        evaluated, other = reversed(parts) if features == "salient" else parts
        super().__init__(evaluated[0], loss, regularizer)
        _, self.layer, self.projection = evaluated
        self.second, self.second_layer, self.second_projection = other
        self.register_buffer("domain", two(domain, "background and targets, as dataset=pasted_digits has"))
        self.tau, self.salient, self.background, self.joint = tau, salient, background, joint
        self.swaps = features == "salient"

    def forward(self, batch: Batch) -> Tensor:
        x, seen = batch.x.flatten(0, 1), first_of(batch)
        features = self.network.features(x)
        read = self.projection(self.layer(features))
        other = self.second_projection(self.second_layer(self.second.features(x)))
        common, salient = (z.unflatten(0, (-1, 2)) for z in ((other, read) if self.swaps else (read, other)))
        losses = self.loss(common, seen) + self.apart(common, salient, members(self.domain, batch.index, 2))
        return self.penalised(losses, features.unflatten(0, (-1, 2)), seen)

    def represent(self, x: Tensor) -> Tensor:
        """Inputs (M, ...) -> (M, W) of the linear layer."""
        found: Tensor = self.layer(self.network.features(x))
        return found

    def apart(self, common: Tensor, salient: Tensor, members: Tensor) -> Tensor:
        """() all but the loss of the common embeddings (B, 2, W), of these and the salient ones, by members (B, 2)."""
        of_background, of_targets = shares(members, salient.dtype).unbind(1)
        views = salient.unbind(1)
        shown = [s * members[:, 1:].to(s.dtype) for s in views]
        near = of_targets @ (views[0] - views[1]).square().sum(1)
        spread = uniformity(shown[0], 1 / (2 * self.tau)) + uniformity(shown[1], 1 / (2 * self.tau))
        silent = of_background @ salient.square().sum(2).mean(1)
        told = F.normalize(common, dim=2).unbind(1)
        joint = (joint_density(told[0], shown[0], self.tau) + joint_density(told[1], shown[1], self.tau)) / 2
        return self.salient * (near + spread) + self.background * silent + self.joint * joint


def joint_density(common: Tensor, salient: Tensor, tau: float) -> Tensor:
    """() J of the module's docstring, of embeddings (B, W) and (B, W')."""
    exponents = -(squares(common) + squares(salient)) / (2 * tau)
    return exponents.logsumexp(1).mean() - log(len(common))
