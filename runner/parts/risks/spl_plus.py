"""SPL+ (Meng and Gower, "A Model-Based Method for Minimizing CVaR and Beyond", ICML 2023, arXiv:2305.17498).

CVaR at `level` is the minimum over a threshold a of a + mean of max(l - a, 0) / (1 - level). Each step minimises it
with l made linear inside the max, near where it stands. For one example, with g the gradient of its loss, that gives

    eta = clip((l - a + s_a) / (s |g|^2 + s_a), 0, 1 / (1 - level))
    w <- w - s eta g,    a <- a - s_a (1 - eta)

while the subgradient method has eta = 1 / (1 - level) where l > a, and 0 elsewhere. A loss that a whole step would take
below the threshold pulls only as far as that.

Of a batch, steps are averaged: the number to minimise is mean of eta * l, eta a constant, and plain SGD does the rest.
The threshold is kept from step to step, and begins at 0.

Args:
    level: in [0, 1). The paper's 0.95.
    step: s, positive. It must be the optimizer's lr, momentum 0, weight_decay 0 and schedule=constant for the step to
        be the paper's; elsewhere it says how far a step is thought to go.
    threshold_step: s_a, positive. That it is the lr too is decided. How the paper scales it by the loss, and whether it
        bounds the model below by 0, is unconfirmed.

level = 0 with losses above s |g|^2 is the mean: every eta is 1, and the threshold stays.
It needs each example's gradient, so it runs one seed at a time.
"""

from typing import Annotated

import torch
from torch import Tensor, nn

from runner.contracts.terms import Risk
from runner.data.loader import Batch
from runner.parts.risks.jacobian import jacobian


class SPLPlus(Risk):
    fits = ("any",)
    stackable = False
    threshold: Tensor

    def __init__(
        self,
        method: nn.Module,
        *,
        level: Annotated[float, "[0, 1)"],
        step: Annotated[float, "(0, inf)"],
        threshold_step: Annotated[float, "(0, inf)"],
    ):
        super().__init__()
        self.trained = method.parameters  # the function: the method is no part of its risk
        self.level = level
        self.step = step
        self.threshold_step = threshold_step
        self.register_buffer("threshold", torch.zeros(()))

    def forward(self, losses: Tensor, batch: Batch | None) -> Tensor:
        """losses (B,) -> ()."""
        squares = torch.stack([rows.square().sum(1) for rows in jacobian(losses, self.trained())]).sum(0)
        above = losses.detach() - self.threshold + self.threshold_step
        eta = (above / (self.step * squares + self.threshold_step)).clamp(0, 1 / (1 - self.level))
        self.threshold -= self.threshold_step * (1 - eta.mean())
        return (eta * losses).mean()
