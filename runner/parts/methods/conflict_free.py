"""Conflict-free steps where an objective has several terms (Liu et al., "ConFIG: Towards Conflict-free Training of
Physics Informed Neural Networks", ICLR 2025, arXiv:2408.11104; package conflictfree).

With g_1, ..., g_m the gradients of the terms and u_i = g_i / |g_i|, the direction is

    v = U^+ 1 / |U^+ 1|,    U the rows u_i;    its length is sum_i g_i . v

It has the same positive cosine with the gradient of every term, so that a step worsens none of them, however large the
others are. The sum of gradients may worsen a small term.

The terms are the loss, and each regularizer's penalty. With per_target=true the loss of each of the D numbers of a
target is a term of its own, of losses whose predictions are as many as targets; with per_domain=true the loss of each
environment. One term is plain training, and so are gradients at right angles and of one length. The risk sees the
losses under the weights that give the direction.

Args:
    per_target, per_domain: see above.

Gradients that point against each other have no such direction, and then there is no step. It runs one seed at a time
and without exec.compile, because it needs each term's gradient. The paper's M-ConFIG, which computes one term a step,
is left out.
"""

import torch
from torch import Tensor, nn

from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.several_goals import SeveralGoals

LEAST = 1e-12  # of the squared length of U^+ 1: below it gradients point against each other


class ConflictFree(SeveralGoals):
    """Args: see SeveralGoals, and above."""

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        domain: Tensor | None,
        *,
        per_target: bool,
        per_domain: bool,
    ):
        super().__init__(network, loss, regularizer, domain, per_target, per_domain)

    def weights(self, goals: Tensor, batch: Batch) -> Tensor:
        return weights(self.gradients(goals))


def weights(gradients: Tensor) -> Tensor:
    """(m,) what to weigh each term by, so that the gradient of the sum is the direction: gradients (m, P).

    >>> weights(torch.tensor([[3.0, 0.0], [0.0, 3.0]]))    # at right angles and of one length: the sum
    tensor([1., 1.], dtype=torch.float64)
    """
    rows = gradients.double()
    lengths = rows.norm(dim=1)
    units = torch.where(lengths[:, None] > 0, rows / lengths[:, None], 0.0)
    solved = torch.linalg.pinv(units @ units.mT, hermitian=True).sum(1)
    squared = solved.sum()  # of the length of U^+ 1
    found = torch.where(lengths > 0, solved / lengths, 0.0) * lengths.sum() / squared
    return torch.where(squared > LEAST, found, 0.0)
