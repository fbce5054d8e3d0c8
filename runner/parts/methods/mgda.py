"""Multiple-gradient descent, MGDA (Desideri, Comptes Rendus Mathematique 350, 2012; for networks Sener and Koltun,
"Multi-Task Learning as Multi-Objective Optimization", NeurIPS 2018, arXiv:1810.04650).

With g_1, ..., g_m the gradients of the goals, the direction is m times the shortest vector of their convex hull,

    min |sum_i a_i g_i|^2 over all a_i >= 0 with sum_i a_i = 1

A step along it worsens no goal, and where it is 0 no direction is better for all. Short gradients weigh most: goals
that are met already hold the others back. The factor m is ours: so that goals with one gradient are plain training.

The goals are the loss, and each regularizer's penalty. With per_target=true the loss of each of the D numbers of a
target is a goal of its own, of losses whose predictions are as many as targets; with per_domain=true the loss of each
environment. A goal without a gradient does not count. The risk sees the losses under the weights.

Args:
    per_target, per_domain: see above.

The weights are solved for exactly, by non-negative least squares, where the paper has steps of Frank and Wolfe; its
scaling of gradients by losses, and its bound by the features' gradients alone (MGDA-UB), are left out. It runs one seed
at a time and without exec.compile.
"""

import torch
from scipy.optimize import nnls
from torch import Tensor, nn

from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.several_goals import SeveralGoals


class MGDA(SeveralGoals):
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
        return shortest(self.gradients(goals))


def shortest(gradients: Tensor) -> Tensor:
    """(m,) the weights of the shortest vector of the convex hull of gradients (m, P), times how many are not 0.

    Where gradients are not finite all weigh 1.

    >>> shortest(torch.tensor([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]]))    # 4/5 and 1/5 of the first two
    tensor([1.6000, 0.4000, 0.0000], dtype=torch.float64)
    """
    rows = gradients.double()
    if not rows.isfinite().all():
        return rows.new_ones(len(rows))  # a seed that has diverged: there is nothing to solve
    gramian = rows @ rows.mT
    there = gramian.diagonal() > 0
    values, vectors = torch.linalg.eigh(gramian / gramian.trace().clamp(min=torch.finfo(rows.dtype).tiny))
    # min |A a|^2 + (sum a - 1)^2 over a >= 0 has the direction of the shortest vector's weights, with A'A the Gramian
    roots = values.clamp(min=0).sqrt()[:, None] * vectors.mT
    system = torch.cat([roots, torch.ones_like(roots[:1])]) * there
    wanted = torch.zeros_like(system[:, 0])
    wanted[-1] = 1
    found = torch.as_tensor(nnls(system.cpu().numpy(), wanted.cpu().numpy())[0]).to(rows)
    return there.sum() * found / found.sum().clamp(min=torch.finfo(rows.dtype).tiny)
