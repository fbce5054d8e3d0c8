"""A joint critic of pairs, for mutual information (Belghazi et al., "Mutual Information Neural Estimation", ICML 2018,
arXiv:1801.04062; Poole et al., ICML 2019, call it so).

    T_ij = f(x_i, y_j)

x_i and y_j are halves of pairs i and j of a batch, and f is the network, which gives one number for two halves. B pairs
take B^2 evaluations, where a separable critic takes 2 B.

Penalties look at the features of the pairs themselves. An evaluation compares `block` pairs that follow each other, as
many as a batch has where nothing else is said: the estimate of InfoNCE is capped by that number.

Args:
    block: pairs that an evaluation compares, 2 to 65,536.
"""

from typing import Annotated, Any

import torch
from torch import Tensor

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.critics import check_parts, in_blocks


class JointCritic(Method):
    """network, loss, regularizer, input_shape: of Given. Raises ValueError where an input has no two parts."""

    fits = ("mutual_information",)
    kinds = ("scores",)

    network: Any

    def __init__(
        self,
        network: Any,
        loss: Criterion,
        regularizer: Penalties,
        input_shape: tuple[int, ...],
        *,
        block: Annotated[int, "[2, 65536]"],
    ):
        check_parts(input_shape, 2)
        super().__init__()
        self.network = network
        self.loss = loss
        self.regularizer = regularizer
        self.together = block

    def forward(self, batch: Batch) -> Tensor:
        b = len(batch.x)
        features = self.network.features(_every(batch.x))
        scores = self.network.head(features).view(b, b)
        own = features.unflatten(0, (b, b)).diagonal().mT
        return self.regularizer(self.loss(scores, batch), own, scores, batch)

    def predict(self, x: Tensor) -> Tensor:
        """Pairs (M, 2, ...) -> scores (M, block) of each first half with the second halves of its block."""
        blocks = in_blocks(x, self.together)
        scores = [self.network(_every(block)).view(len(block), -1) for block in blocks]
        return torch.cat(scores)[: len(x)]


def _every(x: Tensor) -> Tensor:
    """Pairs (B, 2, ...) -> (B^2, 2, ...), each first half with each second half."""
    b = len(x)
    first = x[:, None, :1].expand(b, b, 1, *x.shape[2:])
    second = x[None, :, 1:].expand(b, b, 1, *x.shape[2:])
    return torch.cat([first, second], 2).flatten(0, 1)
