"""An adaptation that takes one step of Adam down an objective of each batch, after it was predicted."""

from abc import abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from runner.contracts.adaptation import Adaptable, Adaptation
from runner.parts.adaptations._steps import Steps


class Descending(Adaptation):
    """Scales and shifts of BatchNorm move, unless `moving` says something else.

    Args:
        batch_size, continual: see Adaptation.
        lr: of Adam.
    """

    steps: Steps

    def __init__(self, batch_size: int, lr: float, continual: bool):
        self.batch_size = batch_size
        self.lr = lr
        self.continual = continual

    def begin(self, network: Adaptable) -> None:
        self.steps = Steps(network.axis, self.moving(network), self.lr)

    def adapt(self, network: Adaptable, x: Tensor) -> Tensor:
        with torch.enable_grad():
            logits = network.predict(x)
            objective, moves = self.objective(network, x, logits)
            slopes = network.slopes(objective, self.moving(network))
        self.steps.take(slopes, moves)
        return logits.detach()

    def moving(self, network: Adaptable) -> Sequence[Tensor]:
        """The weights that steps change."""
        return network.affine

    @abstractmethod
    def objective(self, network: Adaptable, x: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
        """(S,) what each seed minimises, of inputs (S, B, ...) and their logits (S, B, K); and (S,) bool, which seeds
        take the step."""


def mean_of_kept(values: Tensor, kept: Tensor) -> tuple[Tensor, Tensor]:
    """(S,) the mean of values (S, B) where kept (S, B) bool, and (S,) whether any is: where none is, the mean is 0."""
    count = kept.sum(1)
    return values.where(kept, 0.0).sum(1) / count.clamp(min=1), count > 0
