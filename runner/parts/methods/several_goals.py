"""Steps for several goals at once, from the gradient of each."""

from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.domains import known, members, shares


class SeveralGoals(Method):
    """The losses of all goals, under weights by which a step is taken along a direction made of their gradients.

    The goals are the loss, and each regularizer's penalty. With per_target=true the loss of each of the D numbers of a
    target is a goal, of losses whose predictions are as many as targets. With per_domain=true the loss of each
    environment of the batch is a goal. Goals add up to what plain training minimises, with environments to the mean of
    their mean losses.

    Args:
        network, loss, regularizer: as in ERM; given by the runner.
        domain: (N,) environment of each training example or None, given by the runner.
        per_target, per_domain: see above.
    Raises:
        ValueError: per_domain, and the data set has no environments.
    """

    fits = ("any",)
    stackable = False

    network: Any
    domain: Tensor | None

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        domain: Tensor | None,
        per_target: bool,
        per_domain: bool,
    ):
        super().__init__()
        self.network = network
        self.loss = loss
        self.regularizer = regularizer
        self.per_target = per_target
        self.register_buffer("domain", known(domain) if per_domain else None)
        self.environments = 0 if self.domain is None else int(self.domain.max()) + 1

    @abstractmethod
    def weights(self, goals: Tensor, batch: Batch) -> Tensor:
        """(m,) of goals (m,), without a gradient: what to weigh each by."""

    def forward(self, batch: Batch) -> Tensor:
        features = self.network.features(batch.x)
        logits = self.network.head(features)
        beside = [penalty.expand(len(batch.x)) for penalty in self.regularizer.each(features, logits, batch)]
        goals = torch.stack([*self._by_environment(self._losses(logits, batch), batch), *beside])
        if len(goals) == 1:
            return goals[0]
        return torch.mv(goals.mT, self.weights(goals.mean(1), batch).to(goals.dtype))

    def _losses(self, logits: Tensor, batch: Batch) -> list[Tensor]:
        """The losses (B,) of each goal that is no penalty."""
        if not self.per_target:
            return [self.loss(logits, batch)]
        if logits.shape != batch.labels.shape:
            raise ValueError(
                "method.per_target=true: needs a loss that predicts one number for each number of a target"
            )
        columns = zip(logits.split(1, dim=1), batch.labels.split(1, dim=1), strict=True)
        return [self.loss(mine, batch._replace(labels=its)) / logits.shape[1] for mine, its in columns]

    def _by_environment(self, losses: list[Tensor], batch: Batch) -> list[Tensor]:
        """Of each (B,) one an environment, whose mean is the environment's, divided by how many there are."""
        if self.domain is None:
            return losses
        found = members(self.domain, batch.index, self.environments).to(losses[0].dtype)
        there = (found.sum(0) > 0).sum()
        parts = shares(found, found.dtype) * len(found) / there
        return [part * each for each in losses for part in parts.unbind(1)]

    def gradients(self, goals: Tensor) -> Tensor:
        """(m, P) of goals (m,), by all parameters, without a gradient."""
        each = torch.eye(len(goals), dtype=goals.dtype, device=goals.device)
        trained = [p for p in self.parameters() if p.requires_grad]
        found = torch.autograd.grad(goals, trained, each, is_grads_batched=True, retain_graph=True, allow_unused=True)
        return torch.cat([rows.flatten(1) for rows in found if rows is not None], 1)

    def predict(self, x: Tensor) -> Tensor:
        return self.network(x)
