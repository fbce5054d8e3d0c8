"""Aranyani (Basu Roy Chowdhury, Monath, Beirami, Kidambi, Dubey, Ahmed and Chaturvedi, "Enhancing Group Fairness in
Online Settings Using Oblique Decision Forests", ICLR 2024, arXiv:2310.11401; released code brcsomnath/Aranyani): the
nodes of a forest are to decide alike for both groups of people, in a stream of which no example is kept.

    step along    grad loss + weight * sum over nodes i of h(F_i) (G_i1 - G_i0)
    F_i = mean of n_i over group 1 so far - mean over group 0,    G_ia = mean of grad n_i over group a so far

n_i(x) is the decision of node i, see model=soft_forest, and grad n_i what it was when the example was there: decisions
and gradients of earlier weights stay in both means. h is the slope of Huber's function: F within delta of 0, else delta
with the sign of F. The released h is F within delta of 0, too, but outside 1 with the sign of F, 1 / delta times as
much; the released weights are for it. What is reported of the penalty is Huber's function of F, summed over nodes. The
released code takes no step until it has seen both groups; here it learns without the penalty until then.

An online stream is epochs=1 batch_size=1; any batch is counted before its step, an example like an example.

Args:
    weight: lambda, at least 0; the released 0.1 and 0.3.
    delta: above 0; the released 0.01.
    slope: "huber" or "released".

With weight = 0 it is method=erm.

>>> slopes(torch.tensor([-0.02, 0.003]), 0.01, "huber"), slopes(torch.tensor([-0.02, 0.003]), 0.01, "released")
(tensor([-0.0100,  0.0030]), tensor([-1.0000,  0.0030]))
"""

from typing import Annotated, Any, Literal

import torch
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.domains import members, two
from runner.parts.methods.erm import ERM
from runner.parts.models.soft_forest import SoftForest

Slope = Literal["huber", "released"]


class Aranyani(Method):
    """Args: network, loss, regularizer: as in ERM; domain: (N,) group of each training example, given by the runner;
    the others: see above.

    Raises:
        ValueError: the data set has other than two groups, or the network is no forest.
    """

    compares_environments = True

    domain: Tensor
    count: Tensor
    decided: Tensor
    moved: Tensor

    def __init__(
        self,
        network: Any,
        loss: Criterion,
        regularizer: Penalties,
        domain: Tensor | None,
        *,
        weight: Annotated[float, "[0, inf)"],
        delta: Annotated[float, "(0, inf)"],
        slope: Slope,
    ):
        super().__init__()
        if not isinstance(network, SoftForest):
            raise ValueError("needs model=soft_forest, for it is about what the nodes of a forest decide")
        self.register_buffer("domain", two(domain, "groups of people, as dataset=biased_numbers has"))
        self.erm = ERM(network, loss, regularizer)
        nodes, numbers = self.nodes.weight.shape
        self.register_buffer("count", torch.zeros(2))
        self.register_buffer("decided", torch.zeros(2, nodes))
        self.register_buffer("moved", torch.zeros(2, nodes, numbers + 1))
        self.weight, self.delta, self.slope = weight, delta, slope

    @property
    def nodes(self) -> Any:
        """The layer whose row i, and number i of the bias, are those of node i."""
        return next(module for module in self.erm.network.body.modules() if isinstance(module, nn.Linear))

    def forward(self, batch: Batch) -> Tensor:
        return self.erm(batch) + self.penalty(batch)

    def predict(self, x: Tensor) -> Tensor:
        return self.erm.predict(x)

    def penalty(self, batch: Batch) -> Tensor:
        """() weight * Huber's function of F, with the gradient above."""
        decisions = self.erm.network.features(batch.x).detach()
        self._count(decisions, batch)
        shares = 1 / self.count.clamp(min=1)
        apart = (self.decided[1] * shares[1] - self.decided[0] * shares[0]) * (self.count.amin() > 0)
        along = slopes(apart, self.delta, self.slope)[:, None] * (self.moved[1] * shares[1] - self.moved[0] * shares[0])
        numbers = torch.cat([self.nodes.weight, self.nodes.bias[:, None]], 1)
        linear = (along * numbers).sum()
        return self.weight * (linear - linear.detach() + huber(apart, self.delta).sum())

    def _count(self, decisions: Tensor, batch: Batch) -> None:
        of = members(self.domain, batch.index, 2).to(decisions.dtype)
        slope = decisions * (1 - decisions)
        numbers = torch.cat([batch.x.flatten(1), torch.ones_like(slope[:, :1])], 1)
        self.count += of.sum(0)
        self.decided += of.mT @ decisions
        self.moved += torch.einsum("ba,bi,bd->aid", of, slope, numbers)


def slopes(apart: Tensor, delta: float, slope: Slope) -> Tensor:
    """h of F (I,): see above."""
    outside = delta * apart.sign() if slope == "huber" else apart.sign()
    return torch.where(apart.abs() < delta, apart, outside)


def huber(apart: Tensor, delta: float) -> Tensor:
    """Huber's function of F (I,)."""
    size = apart.abs()
    return torch.where(size < delta, size.square() / 2, delta * (size - delta / 2))
