"""Empirical risk minimisation: the loss of the network's output, and nothing else."""

from typing import Any

from torch import Tensor, nn

from runner.loader import Batch, Draw


class ERM(nn.Module):
    """loss(network(x), labels, index), plus the regularizer's penalty on each example.

    Args:
        network: with features(x) and head; given by the runner, as are the others.
        loss: (logits (B, K), labels (B,), index (B,)) -> (B,), and by name what it asks for in `draws`, if anything.
        regularizer: (features (B, D), logits (B, K), labels (B,), index (B,)) -> ().
    """

    network: Any

    def __init__(self, network: nn.Module, loss: nn.Module, regularizer: nn.Module):
        super().__init__()
        self.network = network
        self.loss = loss
        self.regularizer = regularizer
        self.draws: dict[str, Draw] = dict(getattr(loss, "draws", {}))

    def forward(self, batch: Batch) -> Tensor:
        features = self.network.features(batch.x)
        logits = self.network.head(features)
        penalty = self.regularizer(features, logits, batch.labels, batch.index)
        return self.loss(logits, batch.labels, batch.index, **batch.draws) + penalty

    def predict(self, x: Tensor) -> Tensor:
        return self.network(x)
