"""RegMixup (Pinto et al., "RegMixup: Mixup as a Regularizer Can Surprisingly Improve Accuracy and Out Distribution
Robustness", NeurIPS 2022, arXiv:2206.14502).

    L = loss(f(x_i), y_i) + eta [lam loss(f(x~), y_i) + (1 - lam) loss(f(x~), y_j)],    x~ = lam x_i + (1 - lam) x_j

lam ~ Beta(alpha, alpha), one a batch: mixup beside the loss of the examples, not in its place. As in the released
code, the network sees examples and mixed inputs in one pass, so that BatchNorm has the statistics of both together.

Args:
    alpha: positive. The paper's 20 for CIFAR-10, 10 for CIFAR-100: mostly mixed half and half.
    eta: at least 0. The paper's 1. 0 is ERM, and nothing is mixed.
    weighting: paper, as above; or released, half of that: the code has the mean over the examples and as many mixed
        inputs, which under SGD is half the learning rate. It has eta = 1 only.
"""

from typing import Annotated, Literal

import torch
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.draws import beta, permutation
from runner.parts.methods.erm import ERM
from runner.parts.methods.mixing import blend
from runner.parts.methods.soft import mixed


class RegMixup(Method):
    """The loss at the examples, and between them.

    Args:
        network, loss, regularizer: as in ERM; given by the runner. Penalties are those of the examples, and whole.
        alpha: how far from the examples one goes.
        eta: the weight of what is between them.
        weighting: of both together.
    """

    fits = ("any",)

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        *,
        alpha: Annotated[float, "(0, inf)"],
        eta: Annotated[float, "[0, inf)"],
        weighting: Literal["paper", "released"],
    ):
        super().__init__()
        self.erm = ERM(network, loss, regularizer)
        self.eta = eta
        self.scale = 1.0 if weighting == "paper" else 0.5
        self.draws = {"regmixup_share": beta(alpha), "regmixup_places": permutation}

    def forward(self, batch: Batch) -> Tensor:
        if self.eta == 0:
            return self.erm(batch)
        share, places = batch.draws["regmixup_share"], batch.draws["regmixup_places"]
        network, loss = self.erm.network, self.erm.loss
        features, between = network.features(torch.cat([batch.x, blend(batch.x, places, share)])).chunk(2)
        logits = network.head(features)
        penalty = mixed(loss, network.head(between), share, batch, batch.at(places))
        losses = self.scale * (loss(logits, batch) + self.eta * penalty)
        return self.erm.regularizer(losses, features, logits, batch)

    def predict(self, x: Tensor) -> Tensor:
        return self.erm.predict(x)
