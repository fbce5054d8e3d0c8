"""The mean: empirical risk."""

from torch import Tensor

from runner.contracts.terms import Risk
from runner.data.loader import Batch


class Mean(Risk):
    fits = ("any",)

    def forward(self, losses: Tensor, batch: Batch) -> Tensor:
        return losses.mean()
