"""Deep supervision (Lee et al., "Deeply-Supervised Nets", AISTATS 2015, arXiv:1409.5185).

    L = loss(z, y) + sum over hidden layers m of alpha_t [ norm * ||W_m||^2 + l(W_m h_m + b_m, y) - gamma ]_+

Each hidden layer has a companion: a linear classifier of its flattened output, which is to be good by itself, so that
early layers need not wait for a gradient from far above. Companions are of training only.

The layers are the parts of the network's body but the last, whose output has the network's own head. A body of one
part, such as that of model=mlp with model.depth=1, has its companion there, beside the head: a second classifier of the
same features, and no deep supervision yet.

Args:
    weight: alpha, at least 0. 0 is ERM.
    companion: same: l is the loss of the run, a copy for each layer where it has a memory | squared_hinge: the sum
        over wrong classes of [1 - (s_y - s_k)]_+^2, as in the paper, whose output layer has it too.
    decay: linear: alpha_t = weight * (1 - t / T) after t of T epochs | none. From memory the paper has
        alpha_t = alpha * 0.1 * (1 - t / T): a weight of 0.1 with decay=linear. Unconfirmed.
    norm: at least 0; the paper's 1. 0 leaves it to the optimizer's weight decay.
    gamma: at least 0: an example that a companion does this well no longer counts there; null: no such bracket. That
        the paper's bracket is around a single example's loss is unconfirmed.

>>> from torch import tensor
>>> squared_hinge(tensor([[2.0, 0.0, 1.5]]), tensor([0]))    # 0 + (1 - (2 - 1.5))^2
tensor([0.2500])
"""

import math
from copy import deepcopy
from typing import Annotated, Any, Literal

from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.erm import ERM
from runner.parts.models import shapes


class DeepSupervision(Method):
    """network, loss, regularizer: as in ERM; input_shape: of one example; num_classes: K. All given by the runner."""

    def __init__(
        self,
        network: Any,
        loss: Criterion,
        regularizer: Penalties,
        input_shape: tuple[int, ...],
        num_classes: int,
        *,
        weight: Annotated[float, "[0, inf)"],
        companion: Literal["same", "squared_hinge"],
        decay: Literal["linear", "none"],
        norm: Annotated[float, "[0, inf)"],
        gamma: Annotated[float, "[0, inf)"] | None,
    ):
        super().__init__()
        self.erm = ERM(network, loss, regularizer)
        *below, last = shapes(network.body, input_shape)
        hidden = below or [last]
        self.companions = nn.ModuleList(nn.Linear(math.prod(shape), num_classes) for shape in hidden)
        self.losses = nn.ModuleList(deepcopy(loss) if companion == "same" else SquaredHinge() for _ in hidden)
        self.weight = weight
        self.falling = decay == "linear"
        self.alpha = weight
        self.norm = norm
        self.gamma = gamma

    def begin(self, epoch: int, epochs: int) -> None:
        self.alpha = self.weight * (1 - (epoch - 1) / epochs * self.falling)

    def forward(self, batch: Batch) -> Tensor:
        outputs, x = [], batch.x
        for part in self.erm.network.body:
            x = part(x)
            outputs.append(x)
        losses = self.erm.of(x, batch)
        for output, companion, loss in zip(outputs, self.companions, self.losses, strict=False):
            losses = losses + self.alpha * self._objective(companion, loss(companion(output.flatten(1)), batch))
        return losses

    def predict(self, x: Tensor) -> Tensor:
        return self.erm.predict(x)

    def _objective(self, companion: Any, losses: Tensor) -> Tensor:
        """(B,) of one companion, from its losses (B,)."""
        objective = self.norm * companion.weight.square().sum() + losses
        return objective if self.gamma is None else (objective - self.gamma).relu()


class SquaredHinge(nn.Module):
    """squared_hinge of a batch."""

    def forward(self, logits: Tensor, batch: Batch) -> Tensor:
        return squared_hinge(logits, batch.labels)


def squared_hinge(logits: Tensor, labels: Tensor) -> Tensor:
    """logits (B, K), labels (B,) -> (B,)."""
    margins = logits.gather(1, labels[:, None]) - logits
    return (1 - margins).relu().square().sum(1) - 1  # the label's own class adds 1, without a gradient
