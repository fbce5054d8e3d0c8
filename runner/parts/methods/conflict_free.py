"""Conflict-free steps where an objective has several terms (Liu et al., "ConFIG: Towards Conflict-free Training of
Physics Informed Neural Networks", ICLR 2025, arXiv:2408.11104; package conflictfree).

With g_1, ..., g_m the gradients of the terms and u_i = g_i / |g_i|, the direction is

    v = U^+ 1 / |U^+ 1|,    U the rows u_i;    its length is sum_i g_i . v

It has the same positive cosine with the gradient of every term, so that a step worsens none of them, however large the
others are. The sum of gradients may worsen a small term.

The terms are the loss, and each regularizer's penalty. With per_target=true the loss of each of the D numbers of a
target is a term of its own, of losses whose predictions are as many as targets. One term is plain training, and so are
gradients at right angles and of one length. The risk sees the losses under the weights that give the direction.

Args:
    per_target: see above.

Gradients that point against each other have no such direction, and then there is no step. It runs one seed at a time
and without exec.compile, because it needs each term's gradient. The paper's M-ConFIG, which computes one term a step,
is left out.
"""

from typing import Any

import torch
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties

LEAST = 1e-12  # of the squared length of U^+ 1: below it gradients point against each other


class ConflictFree(Method):
    """Args: network, loss, regularizer: as in ERM; given by the runner."""

    fits = ("any",)
    stackable = False

    network: Any

    def __init__(self, network: nn.Module, loss: Criterion, regularizer: Penalties, *, per_target: bool):
        super().__init__()
        self.network = network
        self.loss = loss
        self.regularizer = regularizer
        self.per_target = per_target

    def forward(self, batch: Batch) -> Tensor:
        features = self.network.features(batch.x)
        logits = self.network.head(features)
        penalties = [penalty(features, logits, batch) for penalty in self.regularizer.parts.values()]
        beside = (penalty.expand(len(batch.x)) for penalty in penalties)
        terms = torch.stack([*self._losses(logits, batch), *beside])
        if len(terms) == 1:
            return terms[0]
        return torch.mv(terms.mT, weights(self._gradients(terms.mean(1))).to(terms.dtype))

    def _losses(self, logits: Tensor, batch: Batch) -> list[Tensor]:
        """The losses (B,) of each term that is no penalty."""
        if not self.per_target:
            return [self.loss(logits, batch)]
        if logits.shape != batch.labels.shape:
            raise ValueError(
                "method.per_target=true: needs a loss that predicts one number for each number of a target"
            )
        columns = zip(logits.split(1, dim=1), batch.labels.split(1, dim=1), strict=True)
        return [self.loss(mine, batch._replace(labels=its)) / logits.shape[1] for mine, its in columns]

    def _gradients(self, terms: Tensor) -> Tensor:
        """(m, P) of terms (m,), by all parameters."""
        each = torch.eye(len(terms), dtype=terms.dtype, device=terms.device)
        trained = [p for p in self.parameters() if p.requires_grad]
        found = torch.autograd.grad(terms, trained, each, is_grads_batched=True, retain_graph=True, allow_unused=True)
        return torch.cat([rows.flatten(1) for rows in found if rows is not None], 1)

    def predict(self, x: Tensor) -> Tensor:
        return self.network(x)


def weights(gradients: Tensor) -> Tensor:
    """(m,) what to weigh each term by, so that the gradient of the sum is the direction: gradients (m, P).

    >>> weights(torch.tensor([[3.0, 0.0], [0.0, 3.0]]))    # at right angles and of one length: the sum
    tensor([1., 1.], dtype=torch.float64)
    """
    rows = gradients.detach().double()
    lengths = rows.norm(dim=1)
    units = torch.where(lengths[:, None] > 0, rows / lengths[:, None], 0.0)
    solved = torch.linalg.pinv(units @ units.mT, hermitian=True).sum(1)
    squared = solved.sum()  # of the length of U^+ 1
    found = torch.where(lengths > 0, solved / lengths, 0.0) * lengths.sum() / squared
    return torch.where(squared > LEAST, found, 0.0)
