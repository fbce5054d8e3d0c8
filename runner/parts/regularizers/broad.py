"""BROAD (Grari et al., "On the Fairness ROAD: Robust Optimization for Adversarial Debiasing", ICLR 2024,
arXiv:2310.18413).

    penalty = -weight * mean of r_i l_i,    l_i = the loss of an adversary that guesses the group from the prediction
    r_i = e^(-l_i / tau) / mean of e^(-l_j / tau) over the batch's examples j of the group of i,    a constant

The network is to leave the adversary in the dark, most of all where it guesses easily: so that no part of a group is
treated unlike the others, of which a mean over all says nothing. As in the released code the adversary sees the logits,
has hidden layers of 64, 32 and 16 units, and takes all its steps, of Adam, on the batch before the network takes one.
Groups that a batch lacks are left out. The code is for two groups, and for two classes with one logit; here the
adversary guesses among any number of groups, and sees all logits.

Args:
    weight: lambda, at least 0. The released scripts try 0 to 5; no value is said to be best.
    tau: above 0. The released scripts try 0 to 0.7. The larger, the more alike are r: inf is adversarial debiasing.
    steps: of the adversary for each of the network, in [1, 1000]. The released code's 50.
    lr: of the adversary, above 0. The released code's 0.0001, of the network, too.
    odds: is the adversary told the label? So what is made alike is the errors of both groups (equalised odds), else
        what is said of them (demographic parity).

With weight = 0 it is no penalty.

>>> from torch import tensor
>>> of_mean_one(tensor([0.0, 0.0, 1.0, 9.0]), members(tensor([0, 0, 1, 1]), torch.arange(4), 2))
tensor([1.0000e+00, 1.0000e+00, 6.7070e-04, 1.9993e+00])
"""

from typing import Annotated

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, one_hot

from runner.contracts.terms import Regularizer
from runner.data.loader import Batch
from runner.parts.domains import known, means, members
from runner.parts.inner_network import Function, InnerNetwork

HIDDEN = (64, 32, 16)


class BROAD(Regularizer):
    """Args: domain: (N,) group of each training example, num_classes, num_outputs: given by the runner; the others:
    see above.

    Raises:
        ValueError: the data set has no environments.
    """

    compares_environments = True

    domain: Tensor

    def __init__(
        self,
        domain: Tensor | None,
        num_classes: int,
        num_outputs: int,
        *,
        weight: Annotated[float, "[0, inf)"],
        tau: Annotated[float, "(0, inf)"],
        steps: Annotated[int, "[1, 1000]"],
        lr: Annotated[float, "(0, inf)"],
        odds: bool,
    ):
        super().__init__()
        self.register_buffer("domain", known(domain))
        self.count = int(self.domain.max()) + 1
        self.weight, self.tau = weight, tau
        self.told = num_classes if odds else 0
        self.adversary = InnerNetwork((num_outputs + self.told, *HIDDEN, self.count), lr, steps)

    def forward(self, features: Tensor, logits: Tensor, batch: Batch) -> Tensor:
        of = members(self.domain, batch.index, self.count)
        seen = logits.detach()
        beside = one_hot(batch.labels, self.told).to(seen.dtype) if self.told else seen[:, :0]
        self.adversary.descend(lambda adversary: self._losses(adversary, seen, beside, of).mean())
        losses = self._losses(self.adversary, logits, beside, of)
        return -self.weight * (self.weights(losses.detach(), of, batch) * losses).mean()

    def weights(self, losses: Tensor, of: Tensor, batch: Batch) -> Tensor:
        """r (B,) of the adversary's losses (B,) and the groups' members (B, E), of mean 1 in each group."""
        return of_mean_one(-losses / self.tau, of)

    def _losses(self, adversary: Function, logits: Tensor, beside: Tensor, of: Tensor) -> Tensor:
        told = torch.cat([logits, beside], -1)
        return cross_entropy(adversary(told), of.argmax(-1), reduction="none")


def of_mean_one(scores: Tensor, of: Tensor) -> Tensor:
    """(B,) e^scores over its mean in the example's group: scores (B,), members of groups (B, E)."""
    group = of.argmax(-1)
    top = scores.detach()[:, None].where(of > 0, -torch.inf).amax(0)[group]
    powers = (scores - top).exp()
    return powers / means(powers, of)[group]
