"""JTT, just train twice (Liu et al., "Just Train Twice: Improving Group Robustness without Training Group Information",
ICML 2021, arXiv:2107.09044).

    E = the training examples that an identification network gets wrong, after few epochs of ERM
    L = mean over the training set in which each example of E is there up_weight times

What a network gets wrong early is often what its shortcut does not fit: a second network learns more from it, and no
one has to know the groups. Where given labels are wrong, it learns more from these.

The upsampled set is weighed instead of drawn: an epoch has as many steps as without, and a batch's mean is weighed by
up_weight in E, else by 1. As the paper's formula has it, an example of E counts up_weight times; the released code adds
so many copies, and counts it once more. E is what the network, standing still, says of a batch in evaluation mode: with
augment=none the paper's.

Args:
    identifier: the identification network, ${model}; with initial weights of its own.
    identification_share: of the epochs, in (0, 1), for it. The paper's T is 60 beside 300 epochs on Waterbirds, 1/6 of
        all; 1 beside 50 on CelebA. The schedule begins anew with the second network.
    up_weight: lambda, at least 1. The paper's 100 on Waterbirds, 50 on CelebA, 6 on CivilComments, chosen by the worst
        group of validation examples. 1 is ERM, of the epochs that are left.

The loss's state of each example starts anew with the second network. Regularizers are the second network's alone. While
the first one trains, its predictions are evaluated.

>>> from torch import tensor
>>> weighed(tensor([1.0, 1.0]), tensor([True, False]), up_weight=3.0)    # 3 to 1, of mean 1
tensor([1.5000, 0.5000])
"""

from typing import Annotated, Any

import torch
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.pairs import share
from runner.parts.methods.teaching import part_of, taught


class JTT(Method):
    """Args: network, loss, regularizer: as in ERM; epochs: given by the runner."""

    network: Any

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        epochs: int,
        *,
        identifier: Annotated[nn.Module, "model"],
        identification_share: Annotated[float, "(0, 1)"],
        up_weight: Annotated[float, "[1, inf)"],
    ):
        super().__init__()
        self.network = network
        self.loss = loss
        self.regularizer = regularizer
        self.identifier = taught(identifier, loss)
        self.up_weight = up_weight
        self.starts = (0, *part_of(epochs, identification_share=identification_share))
        self.identified = False

    def enter(self, phase: int) -> None:
        self.identified = phase == 1
        self.identifier.train(not self.identified)

    def forward(self, batch: Batch) -> Tensor:
        if not self.identified:
            losses: Tensor = self.identifier(batch)
            return losses
        features = self.network.features(batch.x)
        logits = self.network.head(features)
        with torch.no_grad():
            wrong = self.identifier.predict(batch.x).argmax(-1) != batch.labels
        losses = weighed(self.loss(logits, batch), wrong, up_weight=self.up_weight)
        return self.regularizer(losses, features, logits, batch)

    def predict(self, x: Tensor) -> Tensor:
        return self.network(x) if self.identified else self.identifier.predict(x)


def weighed(losses: Tensor, wrong: Tensor, *, up_weight: float) -> Tensor:
    """Losses (B,), times up_weight where `wrong` (B,), and so scaled that their mean is the weighted one."""
    return share(1 + (up_weight - 1) * wrong.to(losses.dtype), losses)
