"""Mixup (Zhang et al., "mixup: Beyond Empirical Risk Minimization", ICLR 2018, arXiv:1710.09412).

    x~ = lam x_i + (1 - lam) x_j
    L = lam loss(f(x~), y_i) + (1 - lam) loss(f(x~), y_j),    lam ~ Beta(alpha, alpha), one a batch

The network is to behave linearly between examples. Of cross-entropy the loss is that with mixed labels. Partners j are
the batch in another order.

Args:
    alpha: at least 0. The paper's 1 on CIFAR, 0.2 to 0.4 on ImageNet, and more where labels are wrong (8, unconfirmed).
        0 is ERM: lam is always 1.

A loss that remembers its predictions remembers those for mixed inputs, under the place of the first example.
"""

from typing import Annotated

from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch, Draw
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.draws import beta, permutation
from runner.parts.methods.erm import ERM
from runner.parts.methods.mixing import between


class Mixup(Method):
    """The loss between two examples.

    Args:
        network, loss, regularizer: as in ERM; given by the runner. Penalties are those of the mixed inputs.
        alpha: how far from the examples one goes.
    """

    fits = ("any",)
    draws: dict[str, Draw]

    def __init__(
        self, network: nn.Module, loss: Criterion, regularizer: Penalties, *, alpha: Annotated[float, "[0, inf)"]
    ):
        super().__init__()
        self.erm = ERM(network, loss, regularizer)
        self.draws = {"mixup_share": beta(alpha), "mixup_places": permutation} if alpha else {}

    def forward(self, batch: Batch) -> Tensor:
        if not self.draws:
            return self.erm(batch)
        share, places = batch.draws["mixup_share"], batch.draws["mixup_places"]
        return between(self.erm, batch, places, share)

    def predict(self, x: Tensor) -> Tensor:
        return self.erm.predict(x)
