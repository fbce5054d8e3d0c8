"""The learning rate falls where the objective stops falling, of each seed by itself.

The rule is that of torch.optim.lr_scheduler.ReduceLROnPlateau with mode "min" and threshold_mode "rel", on the mean
objective of each epoch, regularizers included. Of an objective that is not finite no epoch is better.
"""

from collections.abc import Sequence
from typing import Annotated

import torch
from torch import Tensor

from runner.parts.schedules.warmup import ramp


def plateau(
    t: float,
    epochs: int,
    history: Tensor,
    *,
    factor: Annotated[float, "(0, 1)"],
    patience: Annotated[int, "[0, inf)"],
    threshold: Annotated[float, "[0, 1)"],
    cooldown: Annotated[int, "[0, inf)"],
    minimum: Annotated[float, "[0, 1]"],
    warmup: Annotated[float, "[0, inf)"],
) -> Tensor:
    """The factor on the learning rate, (S,).

    Args:
        t: epochs gone by, counting the step to be taken.
        epochs: in all.
        history: (S, E), the mean objective of the E epochs that are over.
        factor: of each fall.
        patience: a fall comes after more than so many epochs without a better one.
        threshold: an epoch is better below best - threshold * |best|.
        cooldown: epochs after a fall in which none counts as without a better one.
        minimum: that the product of falls never goes below.
        warmup: epochs of linear growth from 0.

    >>> past = torch.tensor([[3.0, 2.0, 2.0, 2.0, 2.0], [5.0, 4.0, 3.0, 2.0, 1.0]])
    >>> kind = {"factor": 0.5, "patience": 1, "threshold": 0.0, "cooldown": 0, "minimum": 0.0, "warmup": 0.0}
    >>> plateau(5.5, 9, past, **kind)    # the first seed has had one fall, after its fourth epoch
    tensor([0.5000, 1.0000], dtype=torch.float64)
    """
    falls = [_falls(each, patience, threshold, cooldown) for each in history.tolist()]
    factors = torch.tensor([factor**count for count in falls], dtype=torch.float64, device=history.device)
    return factors.clamp(min=minimum) * ramp(t, warmup)


def _falls(objectives: Sequence[float], patience: int, threshold: float, cooldown: int) -> int:
    """How many falls there were after these epochs."""
    best, bad, resting, count = float("inf"), 0, 0, 0
    for objective in objectives:
        better = objective < (best - threshold * abs(best) if best < float("inf") else best)
        best, bad = (objective, 0) if better else (best, bad + 1)
        if resting:
            resting, bad = resting - 1, 0
        if bad > patience:
            count, bad, resting = count + 1, 0, cooldown
    return count
