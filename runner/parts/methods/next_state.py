"""A state and the next one, embedded alike for a loss that compares them, as DPNets do (Kostic, Novelli, Grazzi,
Lounici and Pontil, "Learning Invariant Representations of Time-Homogeneous Stochastic Dynamical Systems", ICLR 2024,
arXiv:2307.09912).

    loss(W h(x_t), W h(x_{t+1})),    h the network's features,  W a linear layer of `width`

The two states stand where another method has two views of an input. What is evaluated are the embeddings: an operator
between them tells the process's eigenvalues. The network sees a state in place of the pair's first half, zeros in place
of the second, so that any model will do. With model=linear the embeddings are linear in the state: EDMD of the state
itself, whatever the loss. Penalties look at the features of the first state. The head of the network is never trained.

The paper may have a second network for the next state; here it is one.

Args:
    width: numbers of an embedding, at least 1; ours.
"""

from typing import Annotated, Any

import torch
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.critics import halves
from runner.parts.models import shapes


class NextState(Method):
    """network, loss, regularizer: as in ERM; input_shape: of one pair. All given by the runner."""

    fits = ("dynamics",)
    kinds = ("pair", "views")

    network: Any

    def __init__(
        self,
        network: Any,
        loss: Criterion,
        regularizer: Penalties,
        input_shape: tuple[int, ...],
        *,
        width: Annotated[int, "[1, 1000000]"],
    ):
        super().__init__()
        self.network = network
        self.loss = loss
        self.regularizer = regularizer
        self.embedding = nn.Linear(shapes(network.body, input_shape)[-1][0], width)

    def forward(self, batch: Batch) -> Tensor:
        features = self._features(batch.x)
        losses = self.loss(self.embedding(features), batch)
        return self.regularizer(losses, features[:, 0], self.network.head(features[:, 0]), batch)

    def predict(self, x: Tensor) -> Tensor:
        logits: Tensor = self.network(halves(x)[0])
        return logits

    def represent(self, x: Tensor) -> Tensor:
        """Pairs (M, 2, ...) -> embeddings (M, 2 width) of the state, then of the next one."""
        embedded: Tensor = self.embedding(self._features(x))
        return embedded.flatten(1)

    def _features(self, x: Tensor) -> Tensor:
        """Pairs (M, 2, ...) -> features (M, 2, D) of both states, in one pass."""
        states = torch.cat([halves(x)[0], halves(x.flip(1))[0]])
        features: Tensor = self.network.features(states)
        return features.unflatten(0, (2, -1)).transpose(0, 1)
