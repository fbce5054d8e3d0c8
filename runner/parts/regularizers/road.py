"""ROAD (Grari et al., "On the Fairness ROAD: Robust Optimization for Adversarial Debiasing", ICLR 2024,
arXiv:2310.18413): BROAD whose weights are a function of the input, so that neighbours weigh alike.

    penalty = -weight * mean of r_i l_i,    l_i = the loss of an adversary that guesses the group from the prediction
    r_i = e^h(x_i, s_i) / mean of e^h(x_j, s_j) over the batch's examples j of the group of i
    h descends mean of r_i l_i + tau * mean of r_i log r_i,    s_i = the group of i

As released, h has hidden layers of 64 and 32 units and takes its steps, of Adam, after those of the adversary
on the same batch. What is said of BROAD is true of it, too.

Args:
    weight, tau, lr, odds: as of BROAD. tau is how far weights are kept from all being 1.
    steps: of the adversary and of h for each of the network, in [1, 1000]. 10 in the released commands.

With weight = 0 it is no penalty.
"""

from math import prod
from typing import Annotated

import torch
from torch import Tensor

from runner.data.loader import Batch
from runner.parts.inner_network import Function, InnerNetwork
from runner.parts.regularizers.broad import BROAD, of_mean_one

HIDDEN = (64, 32)


class ROAD(BROAD):
    """Args: domain, num_classes, num_outputs: as in BROAD; input_shape: given by the runner; the others: above."""

    def __init__(
        self,
        domain: Tensor | None,
        num_classes: int,
        num_outputs: int,
        input_shape: tuple[int, ...],
        *,
        weight: Annotated[float, "[0, inf)"],
        tau: Annotated[float, "(0, inf)"],
        steps: Annotated[int, "[1, 1000]"],
        lr: Annotated[float, "(0, inf)"],
        odds: bool,
    ):
        super().__init__(domain, num_classes, num_outputs, weight=weight, tau=tau, steps=steps, lr=lr, odds=odds)
        self.weigher = InnerNetwork((prod(input_shape) + self.count, *HIDDEN, 1), lr, steps)

    def weights(self, losses: Tensor, of: Tensor, batch: Batch) -> Tensor:
        seen = torch.cat([batch.x.flatten(1), of.to(batch.x.dtype)], -1)

        def price(weigher: Function) -> Tensor:
            r = of_mean_one(weigher(seen)[:, 0], of)
            return (r * losses).mean() + self.tau * torch.xlogy(r, r).mean()

        self.weigher.descend(price)
        return of_mean_one(self.weigher(seen)[:, 0], of)
