"""SR-STE's decay of pruned weights (Zhou et al., "Learning N:M Fine-grained Structured Sparse Neural Networks From
Scratch", ICLR 2021): of each m weights along the inputs of a layer all but the n largest are pulled to 0.

    penalty = weight / 2 * sum over pruned w of w^2

Its gradient, weight * w of what is pruned and 0 elsewhere, is the term that the paper adds to a straight-through
gradient: model=nm_sparse with model.decay=none, and this, are SR-STE. A network that is not sparse is drawn towards
being so. As a term of the objective it goes through momentum and Adam's scaling, as the paper's does.

Args:
    weight: at least 0; the paper's 2e-4. 0 is no penalty.
    n, m: of each m weights n stay; the paper's are 2:4, 1:4, 2:8 and so on. With nm_sparse they are to be the model's.

Layers whose inputs do not divide by m, and the head, are left alone, as in nm_sparse.
"""

from typing import Annotated

import torch
from torch import Tensor, nn

from runner.contracts.model import Model
from runner.contracts.terms import Regularizer
from runner.data.loader import Batch
from runner.parts.models.nm_sparse import largest
from runner.parts.models.weights import layers, trained


class SRSTE(Regularizer):
    """Raises ValueError: n is more than m, or no layer's inputs divide by m."""

    fits = ("any",)

    def __init__(
        self,
        network: nn.Module,
        *,
        weight: Annotated[float, "[0, inf)"],
        n: Annotated[int, "[1, inf)"],
        m: Annotated[int, "[2, inf)"],
    ):
        super().__init__()
        assert isinstance(network, Model)
        if n > m:
            raise ValueError(f"n={n}: of m={m} weights no more than {m} can stay")
        self.network, self.weight, self.n, self.m = network, weight, n, m
        if not list(self._weights()):
            raise ValueError(f"m={m}: no layer before the head has inputs that divide by it")

    def forward(self, features: Tensor | None, logits: Tensor | None, batch: Batch | None) -> Tensor:
        """features (B, D), logits (B, K), batch -> ()."""
        pruned = [(w * ~largest(w.detach(), self.n, self.m)).square().sum() for w in self._weights()]
        return self.weight / 2 * torch.stack(pruned).sum()

    def _weights(self) -> list[Tensor]:
        weights = [trained(layer) for layer in layers(self.network.body)]
        return [w for w in weights if not w.shape[1] % self.m]
