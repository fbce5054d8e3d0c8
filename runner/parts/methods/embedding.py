"""An embedding of each example, for a loss that compares those of a batch: the head of the network gives it.

Args:
    width: D, numbers of an embedding, at least 1.
"""

from typing import Annotated, Any

from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties


class Embedding(Method):
    """network, loss, regularizer: as in ERM, given by the runner, the network's head with `width` numbers."""

    fits = ("retrieval",)
    kinds = ("embeddings",)

    network: Any

    def __init__(
        self, network: nn.Module, loss: Criterion, regularizer: Penalties, *, width: Annotated[int, "[1, 1000000]"]
    ):
        super().__init__()
        self.network = network
        self.loss = loss
        self.regularizer = regularizer

    def forward(self, batch: Batch) -> Tensor:
        features = self.network.features(batch.x)
        embeddings = self.network.head(features)
        return self.regularizer(self.loss(embeddings, batch), features, embeddings, batch)

    def predict(self, x: Tensor) -> Tensor:
        return self.network(x)

    def represent(self, x: Tensor) -> Tensor:
        """Inputs (M, ...) -> embeddings (M, D)."""
        return self.predict(x)
