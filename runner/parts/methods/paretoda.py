"""ParetoDA: a step for several goals that is chosen by examples held out (Lv et al., "Pareto Domain Adaptation",
NeurIPS 2021, arXiv:2112.04137).

With g_1, ..., g_m the gradients of the goals, g that of the mean loss of held-out examples, C_ij = g_i . g_j and
d_i = g_i . g, the direction is sum_i a_i g_i, where

    a maximises sum_i a_i d_i over all a_i >= 0 with sum_i a_i = 1 and C a >= b
    b_i: 0 for the goal with the largest d_i, nothing is asked of others with d_i > 0, and d_i of all else;
    0 for all if no d_i is above 0

A step is to make the held-out loss smaller as fast as a mixture of the goals can, while goals that are against it are
worsened by no more than the held-out step would. Where the held-out loss is at most eps, a maximises the sum of C a
over all C a >= 0 with sum_i a_i d_i >= min(0, largest d_i), as in the linear program of Mahapatra and Rajan (ICML 2020)
from which the released code comes (unconfirmed for this case). The released code solves the program; so is it here.

The goals are the loss, and each regularizer's penalty, such as dann's: the paper's are the loss of the source, the
alignment of source and target, and a loss of the target. With per_domain=true the loss of each environment is a goal,
with per_target=true that of each number of a target. The direction is times m, so that goals with one gradient are
plain training; that is ours. The risk sees the losses under the weights.

Args:
    eps: at least 0. The released code's 0.001.
    per_target, per_domain: see above.

The paper's held-out examples are of the target, with labels that the network gives; they, and its third goal, are left
out, for training has no inputs of a target here. Ours are validation examples with their labels: with
dataset.validated_on=seed those of an environment that is not trained on. Each step draws as many as a batch has, with
the network in evaluation mode, which the runner does not count. What is measured on validation examples is of examples
that took part. It runs one seed at a time and without exec.compile. Needs val_fraction above 0, or validated_on.
"""

from collections.abc import Callable
from typing import Annotated

import numpy as np
import torch
from scipy.optimize import linprog
from torch import Generator, Tensor, nn

from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.several_goals import SeveralGoals
from runner.parts.models.evaluating import evaluating


class ParetoDA(SeveralGoals):
    """Args: see SeveralGoals; held_out: given by the runner; the others: see above.

    Raises:
        ValueError: there are no validation examples.
    """

    held_x: Tensor
    held_labels: Tensor

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        domain: Tensor | None,
        held_out: Callable[[], tuple[Tensor, Tensor]],
        *,
        eps: Annotated[float, "[0, inf)"],
        per_target: bool,
        per_domain: bool,
    ):
        super().__init__(network, loss, regularizer, domain, per_target, per_domain)
        self.eps = eps
        for name, value in zip(("held_x", "held_labels"), held_out(), strict=True):
            self.register_buffer(name, value)
        self.draws = {"paretoda_places": self.places}

    def places(self, g: Generator, b: int) -> Tensor:
        """(B,) of validation examples."""
        return torch.randint(len(self.held_x), (b,), generator=g)

    def weights(self, goals: Tensor, batch: Batch) -> Tensor:
        at = batch.draws["paretoda_places"]
        held = batch._replace(x=self.held_x[at], labels=self.held_labels[at])
        with evaluating(self.network):
            loss = self.loss.apart(self.network(held.x), held).mean()
        rows = self.gradients(torch.cat([goals, loss[None]]))
        return guided(rows[:-1], rows[-1], loss.detach(), self.eps)


def guided(gradients: Tensor, guide: Tensor, loss: Tensor, eps: float) -> Tensor:
    """(m,) the weights of gradients (m, P), times m, by a held-out gradient (P,) and loss ().

    Where gradients are not finite all weigh 1.

    >>> guided(torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([2.0, 1.0]), torch.tensor(1.0), 0.001)
    tensor([2., 0.], dtype=torch.float64)
    """
    rows = torch.cat([gradients, guide[None]]).double()
    products = rows @ rows.mT
    if not products.isfinite().all():
        return rows.new_ones(len(gradients))  # a seed that has diverged: there is nothing to solve
    scaled = (products / products.trace().clamp(min=torch.finfo(products.dtype).tiny)).cpu().numpy()
    among, along = scaled[:-1, :-1], scaled[:-1, -1]
    found = _balancing(among, along) if loss > eps else _descending(among, along)
    return len(gradients) * torch.as_tensor(found).to(rows)


def _balancing(among: np.ndarray, along: np.ndarray) -> np.ndarray:
    """(m,) for C (m, m) and d (m,)."""
    agree = along > 0
    bounds = np.where(agree, -np.inf, along if agree.any() else 0.0)
    if agree.any():
        bounds[along.argmax()] = 0.0
    asked = np.isfinite(bounds)
    return _solved(along, among[asked], bounds[asked])


def _descending(among: np.ndarray, along: np.ndarray) -> np.ndarray:
    """The same where the held-out loss is small."""
    bounds = np.append(np.zeros(len(along)), min(along.max(), 0.0))
    return _solved(among.sum(0), np.vstack([among, along]), bounds)


def _solved(wanted: np.ndarray, rows: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """a (m,) that maximises wanted . a over the simplex with rows a >= bounds; equal parts where none is found."""
    m = len(wanted)
    found = linprog(-wanted, A_ub=-rows, b_ub=-bounds, A_eq=np.ones((1, m)), b_eq=[1.0], bounds=(0, None)).x
    return np.full(m, 1 / m) if found is None else found
