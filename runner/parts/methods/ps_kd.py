"""PS-KD, progressive self-knowledge distillation (Kim et al., "Self-Knowledge Distillation with Progressive Refinement
of Targets", ICCV 2021).

    L = (1 - a) * loss(z, y) + a * CE(z, p_before),    a = weight * epoch / epochs

p_before is what the network itself predicted for the example when it last saw it, an epoch ago, in training. The loss
is then cross-entropy with a target that softens while the network learns; with loss=ce exactly the paper's.

Args:
    weight: a of the last epoch, in [0, 1]. The paper's 0.8. 0 is ERM.

As in the released code epochs count from 1 and predictions are kept in training mode, as augmented then. An example
that was never seen has its label alone, which is all of the first epoch. Each is seen once an epoch with
sampler=shuffle; where a sampler repeats or skips examples, p_before is the newest prediction that there is.
"""

from typing import Annotated, Any

import torch
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.soft import cross_entropy


class PSKD(Method):
    """Args: network, loss, regularizer: as in ERM; num_train, num_classes: given by the runner."""

    network: Any
    before: Tensor

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        num_train: int,
        num_classes: int,
        *,
        weight: Annotated[float, "[0, 1]"],
    ):
        super().__init__()
        self.network = network
        self.loss = loss
        self.regularizer = regularizer
        self.weight = weight
        self.share = 0.0
        self.register_buffer("before", torch.zeros(num_train, num_classes))  # a row of zeros: not seen yet

    def begin(self, epoch: int, epochs: int) -> None:
        self.share = self.weight * epoch / epochs

    def forward(self, batch: Batch) -> Tensor:
        features = self.network.features(batch.x)
        logits = self.network.head(features)
        before = self.before[batch.index]
        share = self.share * (before.sum(-1) > 0).to(before)
        losses = (1 - share) * self.loss(logits, batch) + share * cross_entropy(logits, before)
        self.before[batch.index] = logits.detach().softmax(-1)
        return self.regularizer(losses, features, logits, batch)

    def predict(self, x: Tensor) -> Tensor:
        return self.network(x)
