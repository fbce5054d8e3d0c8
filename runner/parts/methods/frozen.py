"""A network that stays as it was drawn: only its head is trained, on features that no gradient reaches.

    L = loss(head(sg(h(x))), y),    h the network's features,  sg: held constant

It says what features are worth before anything is learnt: the row of task=representation that every other has to beat.
BatchNorm takes its means and deviations all the same. A regularizer of weights would move them, so there is none.
"""

from typing import Any

import torch
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion


class Frozen(Method):
    """network, loss: as in ERM; given by the runner."""

    fits = ("any",)

    network: Any

    def __init__(self, network: nn.Module, loss: Criterion):
        super().__init__()
        self.network = network
        self.loss = loss

    def forward(self, batch: Batch) -> Tensor:
        with torch.no_grad():
            features = self.network.features(batch.x)
        losses: Tensor = self.loss(self.network.head(features), batch)
        return losses

    def predict(self, x: Tensor) -> Tensor:
        return self.network(x)
