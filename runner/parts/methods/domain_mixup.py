"""Mixup across environments (Yan et al., "Improve Unsupervised Domain Adaptation with Mixup Training", 2020,
arXiv:2001.00677), as DomainBed has it (Gulrajani and Lopez-Paz, "In Search of Lost Domain Generalization", ICLR 2021).

    x~ = lam x_i + (1 - lam) x_j,    j of the environment that follows that of i in a circle
    L  = lam loss(f(x~), y_i) + (1 - lam) loss(f(x~), y_j),    lam ~ Beta(alpha, alpha), one a pair of environments

Each batch has a circle of its own. DomainBed takes the two environments' examples one by one; here a partner is any one
of the next environment. An example whose next environment has none in the batch stays as it is.

Args:
    alpha: at least 0. DomainBed's 0.2. 0 is ERM: lam is always 1.

With one environment it is ERM. A loss that remembers its predictions remembers those for mixed inputs, under the place
of the first example.

>>> from torch import tensor
>>> following(tensor([2, 0, 1]))    # from 2 to 0, to 1, to 2
tensor([1, 2, 0])
"""

from typing import Annotated

import torch
from torch import Generator, Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch, Draw
from runner.objective.criterion import Criterion, Penalties
from runner.parts.domains import known
from runner.parts.methods.draws import beta, permutation
from runner.parts.methods.erm import ERM
from runner.parts.methods.mixing import between, partners


class DomainMixup(Method):
    """The loss between two environments.

    Args:
        network, loss, regularizer: as in ERM; given by the runner. Penalties are those of the mixed inputs.
        domain: (N,) environment of each training example, given by the runner.
        alpha: how far from the examples one goes.
    Raises:
        ValueError: the data set has no environments.
    """

    fits = ("any",)
    compares_environments = True

    domain: Tensor
    draws: dict[str, Draw]

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        domain: Tensor | None,
        *,
        alpha: Annotated[float, "[0, inf)"],
    ):
        super().__init__()
        self.erm = ERM(network, loss, regularizer)
        self.register_buffer("domain", known(domain))
        count = int(self.domain.max()) + 1

        def circle(g: Generator, b: int) -> Tensor:
            return torch.randperm(count, generator=g)

        mixing = {"domain_mixup_share": beta(alpha, count), "domain_mixup_places": permutation}
        self.draws = {**mixing, "domain_mixup_circle": circle} if alpha else {}

    def forward(self, batch: Batch) -> Tensor:
        if not self.draws:
            return self.erm(batch)
        domain = self.domain[batch.index]
        share = batch.draws["domain_mixup_share"][domain]
        follows = following(batch.draws["domain_mixup_circle"])[domain]
        places = partners(follows[:, None] == domain, batch.draws["domain_mixup_places"])
        return between(self.erm, batch, places, share)

    def predict(self, x: Tensor) -> Tensor:
        return self.erm.predict(x)


def following(circle: Tensor) -> Tensor:
    """(E,) the environment that comes after each one, where they stand in a circle (E,) in this order."""
    return circle.roll(-1)[circle.argsort()]
