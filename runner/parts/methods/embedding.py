"""An embedding of each example, for a loss that compares those of a batch: the head of the network gives it.

Args:
    width: D, numbers of an embedding, at least 1.
"""

from typing import Annotated

from torch import Tensor, nn

from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.erm import ERM


class Embedding(ERM):
    """network, loss, regularizer: as in ERM, given by the runner, the network's head with `width` numbers."""

    fits = ("retrieval",)
    kinds = ("embeddings",)
    judges = False

    def __init__(
        self, network: nn.Module, loss: Criterion, regularizer: Penalties, *, width: Annotated[int, "[1, 1000000]"]
    ):
        super().__init__(network, loss, regularizer)

    def represent(self, x: Tensor) -> Tensor:
        """Inputs (M, ...) -> embeddings (M, D)."""
        return self.predict(x)
