"""Pareto manifold learning, PaMaL: a network for each goal, and all mixtures of their weights (Dimitriadis, Frossard
and Fleuret, "Pareto Manifold Learning: Tackling multiple tasks via ensembles of single-task models", ICML 2023,
arXiv:2210.09759; released code nik-dim/pamal).

    theta = sum_k a_k theta_k,    loss = m * sum_k a_k l_k(theta),    a ~ Dirichlet(concentration, ..., concentration)

of m goals with losses l_k, a drawn anew for each step. theta_k learns by a_k times the gradient at theta, so that it
comes to serve goal k, and a mixture of the networks to serve a mixture of the goals. Afterwards one chooses a; what is
measured is of equal shares, and what measure=[front] adds, of the mixtures along the front.

The goals are the loss, and each regularizer's penalty. With per_target=true the loss of each of the D numbers of a
target is a goal of its own, of losses whose predictions are as many as targets; with per_domain=true the loss of each
environment. The factor m is ours: so that equal shares are plain training of theta. With one goal it is plain training.
The risk sees the losses under the shares.

Args:
    concentration: positive; 1, as released, draws all mixtures alike, a large one equal shares.
    steps: along the front from one goal to another: of two or three goals it has all shares that are multiples of
        1 / steps, of more those with one goal alone, and equal shares. 10 are the released 11 mixtures of two goals. It
        changes what is measured, and nothing that is trained.
    per_target, per_domain: see above.

Each network begins with initial weights of its own, as released. BatchNorm has one set of running statistics, of all
mixtures that were drawn, as released, and weights that are mixed as all others. The released configurations add up the
losses of several mixtures in a step; here it is one. Left out is the paper's penalty on a goal whose loss is not the
smaller the larger its share (the released code's is on losses that are), and so is balancing of losses or gradients.
Penalties are of theta. The network that exec.keep_network keeps is theta_1, that of the first goal.
"""

from collections.abc import Callable
from itertools import product
from typing import Annotated, Any

import torch
from torch import Tensor, nn

from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.draws import dirichlet
from runner.parts.methods.elsewhere import elsewhere
from runner.parts.methods.several_goals import SeveralGoals

WHOLE_FRONT = 3  # goals; the mixtures of more are too many


class PaMaL(SeveralGoals):
    """Args: see SeveralGoals; num_outputs, another: given by the runner; the others: see above."""

    stackable = True
    unprobed = ("any",)  # penalties see a mixture that was drawn

    along: Tensor

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        domain: Tensor | None,
        num_outputs: int,
        another: Callable[[int], nn.Module],
        *,
        concentration: Annotated[float, "(0, 1000000]"],
        steps: Annotated[int, "[1, 100]"],
        per_target: bool,
        per_domain: bool,
    ):
        super().__init__(network, loss, regularizer, domain, per_target, per_domain)
        goals = (num_outputs if per_target else 1) * max(self.environments, 1) + len(regularizer.parts)
        self.others = nn.ModuleList(another(k) for k in range(1, goals))
        self.register_buffer("along", mixtures(goals, steps))
        self.draws = {"pamal_shares": dirichlet(concentration, goals)}

    def forward(self, batch: Batch) -> Tensor:
        losses = super().forward
        return self._mixed(batch.draws["pamal_shares"], lambda network: losses(batch))

    def weights(self, goals: Tensor, batch: Batch) -> Tensor:
        return len(goals) * batch.draws["pamal_shares"]

    def predict(self, x: Tensor) -> Tensor:
        return self._mixed(self.along[0], lambda network: network(x))

    def front(self, x: Tensor) -> Tensor:
        return torch.stack([self._mixed(shares, lambda network: network(x)) for shares in self.along.unbind()])

    def represent(self, x: Tensor) -> Tensor:
        return self._mixed(self.along[0], lambda network: network.features(x))

    def last_weight(self) -> Tensor:
        weight = super().last_weight
        return self._mixed(self.along[0], lambda network: weight())

    def _mixed(self, shares: Tensor, function: Callable[[Any], Tensor]) -> Tensor:
        """A function of the network that has these shares (m,) of the weights of all."""
        every = [dict(each.named_parameters()) for each in (self.network, *self.others)]
        weights = {name: mixture([numbers[name] for numbers in every], shares) for name in every[0]}
        return elsewhere(self.network, weights, {}, function)


def mixture(numbers: list[Tensor], shares: Tensor) -> Tensor:
    """(...) the sum of m tensors (...) of weights under shares (m,).

    >>> mixture([torch.tensor([1.0, 0.0]), torch.tensor([3.0, 4.0])], torch.tensor([0.25, 0.75]))
    tensor([2.5000, 3.0000])
    """
    return torch.stack([share.to(n.dtype) * n for share, n in zip(shares.unbind(), numbers, strict=True)]).sum(0)


def mixtures(goals: int, steps: int) -> Tensor:
    """(P, m) equal shares, then those along the front: see above.

    >>> mixtures(2, 2)
    tensor([[0.5000, 0.5000],
            [0.0000, 1.0000],
            [0.5000, 0.5000],
            [1.0000, 0.0000]])
    """
    equal = torch.full((1, goals), 1 / goals)
    if goals > WHOLE_FRONT:
        return torch.cat([equal, torch.eye(goals)])
    parts = [each for each in product(range(steps + 1), repeat=goals) if sum(each) == steps]
    return torch.cat([equal, torch.tensor(parts) / steps])
