"""What a batch's losses become: a penalty beside them, one number of them."""

from abc import abstractmethod

from torch import Tensor

from runner.contracts.part import Part
from runner.data.loader import Batch


class Regularizer(Part):
    """A penalty that is added to each loss of a batch, its weight included."""

    @abstractmethod
    def forward(self, features: Tensor, logits: Tensor, batch: Batch) -> Tensor:
        """Features (B, D) and logits (B, K) of the network, and the batch that they are of -> ()."""


class Risk(Part):
    """From the losses of a batch to the number that a step minimises."""

    @abstractmethod
    def forward(self, losses: Tensor, batch: Batch) -> Tensor:
        """Losses (B,), and the batch that they are of -> ()."""
