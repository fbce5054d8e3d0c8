"""The learning rate falls by the same factor in every epoch."""

from typing import Annotated, Literal

from runner.parts.schedules.elapsed import elapsed
from runner.parts.schedules.warmup import ramp


def exponential(
    t: float,
    epochs: int,
    *,
    gamma: Annotated[float, "(0, 1]"],
    per: Literal["epoch", "step"],
    warmup: Annotated[float, "[0, inf)"],
) -> float:
    """gamma to the power of e, at e epochs; per epoch it is torch's ExponentialLR.

    Args:
        t: epochs gone by, counting the step to be taken.
        epochs: in all; what is reached at their end is gamma**epochs.
        gamma: the factor of an epoch; 1 is constant.
        per: "epoch": e is the number of whole epochs before this one; "step": e is t.
        warmup: epochs of linear growth from 0, multiplied on top.

    >>> [exponential(t, 10, gamma=0.5, per="epoch", warmup=0.0) for t in (0.1, 1.0, 1.1, 2.1)]
    [1.0, 1.0, 0.5, 0.25]
    """
    return ramp(t, warmup) * gamma ** elapsed(t, per)
