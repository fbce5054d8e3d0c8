"""Dropout of the features (Srivastava et al., JMLR 2014; against label noise Chen et al., "Compressing Features for
Learning with Noisy Labels", TNNLS 2022, arXiv:2206.13140).

    L = loss(head(f(x) * m / (1 - rate)), y),    m in {0, 1}^D, each 1 with probability 1 - rate

Each example has its own mask, and predictions have none. The paper's simpler way to compress features; nested dropout
also orders them.

Args:
    rate: in [0, 1). The released code's 0.3 for CIFAR-10, 0.7 for CIFAR-100. 0 is ERM.

Regularizers see the features that are left and the logits that come of them.
"""

from typing import Annotated, Any

import torch
from torch import Generator, Tensor

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.erm import ERM
from runner.parts.models import shapes


class FeatureDropout(Method):
    """network, loss, regularizer: as in ERM; input_shape: of one example. All given by the runner."""

    fits = ("any",)

    def __init__(
        self,
        network: Any,
        loss: Criterion,
        regularizer: Penalties,
        input_shape: tuple[int, ...],
        *,
        rate: Annotated[float, "[0, 1)"],
    ):
        super().__init__()
        self.erm = ERM(network, loss, regularizer)
        self.rate = rate
        self.features = shapes(network.body, input_shape)[-1][0]
        self.draws = {"feature_dropout_kept": self.kept}

    def kept(self, g: Generator, b: int) -> Tensor:
        """(B, D) bool: which features stay."""
        return torch.rand(b, self.features, generator=g) >= self.rate

    def forward(self, batch: Batch) -> Tensor:
        features = self.erm.network.features(batch.x)
        return self.erm.of(features * batch.draws["feature_dropout_kept"] / (1 - self.rate), batch)

    def predict(self, x: Tensor) -> Tensor:
        return self.erm.predict(x)
