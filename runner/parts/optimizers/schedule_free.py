"""Schedule-free learning: an average of the weights in place of a schedule.

    y = (1 - beta) z + beta x          gradients are taken at y, the weights that are trained
    z <- z - lr (d + weight_decay y)   d is the gradient, or it over the root of the mean of squares, as in AdamW
    x <- (1 - c) x + c z               the weights that are evaluated; c = lr_max^power / the sum of these so far

Defazio et al., NeurIPS 2024, arXiv:2405.15682; the steps are those of the authors' package, schedulefree. It is for
`schedule=constant`, with any warm-up: c is smaller for steps of a smaller rate, lr_max being the largest rate so far.
BatchNorm's statistics are taken anew at x for each evaluation.

Values: beta 0.9, power 2; the authors advise, for SGD, a rate 10 to 50 times larger than with a schedule, and for
AdamW one 1 to 10 times as large.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import torch
from schedulefree import AdamWScheduleFree, SGDScheduleFree
from torch import Tensor
from torch.optim import Optimizer

from runner.contracts.optimizer import Gradients
from runner.parts.optimizers._around import Around


class _ScheduleFree(Around):
    """Around an optimizer of the package.

    Args:
        beta: share of the average in the weights that are trained.
    """

    def __init__(self, params: Any, seeds: Sequence[int], base: Optimizer, beta: float):
        super().__init__(params, seeds, base)
        self.base.train()  # type: ignore[attr-defined]  # it keeps y as the weights, and never x
        self.beta = beta

    def step(self, gradients: Gradients) -> None:  # type: ignore[override]
        self.descend(gradients)

    @property
    def averages(self) -> bool:
        return True

    def evaluated(self) -> Iterator[tuple[Tensor, Tensor]]:
        for parameter, state in self.base.state.items():
            if "z" in state:
                yield parameter, torch.lerp(parameter.detach(), state["z"], 1 - 1 / self.beta)


class ScheduleFreeSGD(_ScheduleFree):
    """SGD without a schedule.

    Args:
        momentum: beta.
        power: of the learning rate, in the weight of a step in the average.
    """

    def __init__(
        self,
        params: Any,
        seeds: Sequence[int],
        *,
        lr: Annotated[float, "[0, inf)"],
        momentum: Annotated[float, "(0, 1)"],
        weight_decay: Annotated[float, "[0, inf)"],
        power: Annotated[float, "[0, inf)"],
    ):
        base = SGDScheduleFree(params, lr=lr, momentum=momentum, weight_decay=weight_decay, weight_lr_power=power)
        super().__init__(params, seeds, base, momentum)


class ScheduleFreeAdamW(_ScheduleFree):
    """AdamW without a schedule.

    Args:
        beta1: beta.
        beta2: of the mean of squares.
        power: of the learning rate, in the weight of a step in the average.
    """

    def __init__(
        self,
        params: Any,
        seeds: Sequence[int],
        *,
        lr: Annotated[float, "[0, inf)"],
        beta1: Annotated[float, "(0, 1)"],
        beta2: Annotated[float, "[0, 1)"],
        eps: Annotated[float, "[0, inf)"],
        weight_decay: Annotated[float, "[0, inf)"],
        power: Annotated[float, "[0, inf)"],
    ):
        numbers = {"lr": lr, "eps": eps, "weight_decay": weight_decay, "weight_lr_power": power}
        super().__init__(params, seeds, AdamWScheduleFree(params, betas=(beta1, beta2), **numbers), beta1)
