"""What methods of two views have in common: how they end, and what of them is evaluated."""

from typing import Any

from torch import Tensor

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties


class OfViews(Method):
    """network, loss, regularizer: as in ERM. The head of the network is never trained."""

    views = 2

    network: Any

    def __init__(self, network: Any, loss: Criterion, regularizer: Penalties):
        super().__init__()
        self.network = network
        self.loss = loss
        self.regularizer = regularizer

    def penalised(self, losses: Tensor, features: Tensor, seen: Batch) -> Tensor:
        """Losses (B,) with all penalties, which look at the first view.

        Args:
            features: (B, 2, D) of both views.
            seen: the batch of first views, see `first_of`.
        """
        first = features[:, 0]
        return self.regularizer(losses, first, self.network.head(first), seen)

    def predict(self, x: Tensor) -> Tensor:
        logits: Tensor = self.network(x)
        return logits


def first_of(batch: Batch) -> Batch:
    """The same batch with the first view of each input alone."""
    return batch._replace(x=batch.x[:, 0])
