"""Empirical risk minimisation: the loss of the network's output, and nothing else."""

from typing import Any

from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties


class ERM(Method):
    """loss(network(x)), plus the penalties of all regularizers on each example.

    Args:
        network: with features(x) and head; given by the runner, as are the others.
        loss: of logits (B, K) and a batch, (B,).
        regularizer: adds its penalties to losses.
    """

    fits = ("any",)
    kinds: tuple[str, ...] = ("example", "set")
    judges = True

    network: Any

    def __init__(self, network: nn.Module, loss: Criterion, regularizer: Penalties):
        super().__init__()
        self.network = network
        self.loss = loss
        self.regularizer = regularizer

    def forward(self, batch: Batch) -> Tensor:
        return self.of(self.network.features(batch.x), batch)

    def of(self, features: Tensor, batch: Batch) -> Tensor:
        """features (B, D) of the batch's inputs, however they were come by -> losses (B,)."""
        logits = self.network.head(features)
        return self.regularizer(self.loss(logits, batch), features, logits, batch)

    def judge(self, outputs: Tensor, batch: Batch) -> Tensor:
        return self.loss(outputs, batch)

    def predict(self, x: Tensor) -> Tensor:
        return self.network(x)
