"""Domain-adversarial training, DANN (Ganin et al., "Domain-Adversarial Training of Neural Networks", JMLR 2016).

    penalty = weight * mean over environments of the cross-entropy of a discriminator that guesses the environment

The discriminator learns to guess the environment from the features; the gradient that it sends to the network is turned
around, so that features tell less and less of it. With `conditional` it guesses from the features and the label (CDANN;
Li et al., "Deep Domain Generalization via Conditional Invariant Adversarial Networks", ECCV 2018), of which DomainBed
adds an embedding to the features, as here. Both learn in the same step, as in the paper, and by the optimizer of the
network; DomainBed has an Adam for each and takes turns, with a penalty on the discriminator's gradient. DomainBed's
CDANN weighs examples so that classes count alike within an environment: not here.

Args:
    weight: at least 0. DomainBed's 1.
    width: hidden units of the discriminator, two layers of them, at least 1. DomainBed's 256.
    conditional: is the discriminator told the label?
    ramp: does what the network feels of it grow from 0 to 1, by 2 / (1 + exp(-10 p)) - 1 at the share p of the epochs
        gone by? The paper's does, DomainBed's does not.

With weight = 0 it is no penalty.
"""

from math import exp
from typing import Annotated, Any

from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from runner.parts.domains import OfDomains, mean_of_those_there, means
from runner.parts.models import shapes


class DANN(OfDomains):
    """Args: domain: see OfDomains; network, input_shape, num_classes: given by the runner; the others: see above."""

    def __init__(
        self,
        domain: Tensor | None,
        network: Any,
        input_shape: tuple[int, ...],
        num_classes: int,
        *,
        weight: Annotated[float, "[0, inf)"],
        width: Annotated[int, "[1, 1000000]"],
        conditional: bool,
        ramp: bool,
    ):
        super().__init__(domain, weight)
        size = shapes(network.body, input_shape)[-1][0]
        self.felt = 1.0
        self.ramp = ramp
        self.embedding = nn.Embedding(num_classes, size) if conditional else None
        self.discriminator = nn.Sequential(
            nn.Linear(size, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, self.count)
        )

    def begin(self, epoch: int, epochs: int) -> None:
        self.felt = 2 / (1 + exp(-10 * (epoch - 1) / epochs)) - 1 if self.ramp else 1.0

    def penalty(self, features: Tensor, logits: Tensor, labels: Tensor, members: Tensor) -> Tensor:
        turned = (1 + self.felt) * features.detach() - self.felt * features  # as large, its gradient turned around
        told = turned if self.embedding is None else turned + self.embedding(labels)
        losses = cross_entropy(self.discriminator(told), members.argmax(-1), reduction="none")
        return mean_of_those_there(means(losses, members), members)
