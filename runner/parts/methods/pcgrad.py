"""Projecting conflicting gradients, PCGrad (Yu et al., "Gradient Surgery for Multi-Task Learning", NeurIPS 2020,
arXiv:2001.06782).

    for each goal i: v_i = g_i;  for all other goals j in random order: v_i <- v_i - min(v_i . g_j, 0) / |g_j|^2 g_j
    the direction is sum_i v_i

Of each goal's gradient that part is taken away which would worsen another goal. The sum may still worsen some, of more
than two.

The goals are the loss, and each regularizer's penalty. With per_target=true the loss of each of the D numbers of a
target is a goal of its own, of losses whose predictions are as many as targets; with per_domain=true the loss of each
environment. Where no two gradients conflict it is plain training. The risk sees the losses under the weights that give
the direction.

Args:
    per_target, per_domain: see above.

It runs one seed at a time and without exec.compile, because it needs each goal's gradient.
"""

import torch
from torch import Generator, Tensor, nn

from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.several_goals import SeveralGoals


class PCGrad(SeveralGoals):
    """Args: see SeveralGoals, and above."""

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        domain: Tensor | None,
        num_outputs: int,
        *,
        per_target: bool,
        per_domain: bool,
    ):
        super().__init__(network, loss, regularizer, domain, per_target, per_domain)
        self.goals = len(regularizer.parts) + (num_outputs if per_target else 1) * max(self.environments, 1)
        self.draws = {"pcgrad_order": self.orders}

    def orders(self, g: Generator, b: int) -> Tensor:
        """(m, m) for each goal all goals in random order."""
        return torch.rand(self.goals, self.goals, generator=g).argsort(1)

    def weights(self, goals: Tensor, batch: Batch) -> Tensor:
        return projected(self.gradients(goals), batch.draws["pcgrad_order"])


def projected(gradients: Tensor, orders: Tensor) -> Tensor:
    """(m,) of gradients (m, P) how often each is in the sum of projected ones, with an order (m, m) for each.

    >>> projected(torch.tensor([[1.0, 0.0], [-1.0, 1.0]]), torch.tensor([[0, 1], [0, 1]]))    # (1/2, 1/2) and (0, 1)
    tensor([2.0000, 1.5000], dtype=torch.float64)
    """
    rows = gradients.double()
    gramian = rows @ rows.mT
    squares, own = gramian.diagonal(), torch.arange(len(rows), device=rows.device)
    parts = torch.eye(len(rows), dtype=rows.dtype, device=rows.device)  # v_i in terms of all g_j
    for others in orders.unbind(1):
        along = (parts @ gramian).gather(1, others[:, None])[:, 0]
        against = (along < 0) & (others != own)
        parts = parts.scatter_add(1, others[:, None], -torch.where(against, along / squares[others], 0.0)[:, None])
    return parts.sum(0)
