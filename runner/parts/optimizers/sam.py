"""Sharpness-aware minimization: the gradient of the worst weights near by.

    e = rho g / ||g||              Foret et al., ICLR 2021, arXiv:2010.01412
    e = rho T^2 g / ||T g||        adaptive, T = |w|: Kwon et al., ICML 2021, arXiv:2102.11600
    w <- base's step by the gradient at w + e

Each step takes two gradients, on the same batch; the norm is over all parameters of a seed. Running statistics, and
whatever else the objective keeps, move with the first of them. ASAM's released code adds eta = 0.01 to |w| of weights
and has T = 1 for biases; here T = |w| + eta for all parameters. Values: SAM's rho 0.05 on CIFAR-10 and CIFAR-100 as the
paper says, ASAM's 0.5 on CIFAR-10 and 1 on CIFAR-100 (Section 5).
"""

from collections.abc import Sequence
from typing import Annotated, Any

import torch
from torch.optim import Optimizer

from runner.contracts.optimizer import Gradients
from runner.parts.optimizers._around import Around

TINY = 1e-12  # a gradient of zero has no direction


class SAM(Around):
    """Any optimizer, by the gradient of the worst weights near by.

    Args:
        rho: how near, above 0 but for 0, which is the base.
        adaptive: is it measured in units of each weight?
        eta: added to them; only where adaptive.
        base: takes the step; its learning rate, momentum and decay are its own.
    """

    def __init__(
        self,
        params: Any,
        seeds: Sequence[int],
        *,
        rho: Annotated[float, "[0, inf)"],
        adaptive: bool,
        eta: Annotated[float, "[0, inf)"],
        base: Annotated[Optimizer, "optimizer"],
    ):
        super().__init__(params, seeds, base)
        self.rho = rho
        self.adaptive = adaptive
        self.eta = eta

    @torch.no_grad()
    def step(self, gradients: Gradients) -> None:  # type: ignore[override]
        moving = list(self.moving())
        before = [each.weight.clone() for each in moving]
        scales = [w.abs() + self.eta if self.adaptive else torch.ones_like(w) for w in before]
        norm = self.axis.norm([each.slope * scale for each, scale in zip(moving, scales, strict=True)])
        length = self.rho / (norm + TINY)
        for each, scale in zip(moving, scales, strict=True):
            each.weight.add_(self.axis.wide(length, each.weight) * scale**2 * each.slope)
        with torch.enable_grad():
            gradients()
        for each, start in zip(moving, before, strict=True):
            each.weight.copy_(start)
        self.descend(gradients)
