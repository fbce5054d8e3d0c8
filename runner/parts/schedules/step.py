"""The learning rate falls by a factor at given epochs."""

from bisect import bisect_right
from math import ceil
from typing import Annotated, Literal

from runner.parts.schedules.warmup import ramp

SLACK = 1e-6  # epochs: 0.55 * 20 is a little more than 11


def step(
    t: float,
    epochs: int,
    *,
    milestones: list[Annotated[float, "[0, 1]"]],
    gamma: Annotated[float, "(0, 1]"],
    warmup: Annotated[float, "[0, inf)"],
    warmup_per: Literal["step", "epoch"],
) -> float:
    """gamma to the power of how many milestones have been reached.

    Args:
        t: epochs gone by, counting the step to be taken.
        epochs: in all.
        milestones: shares of the whole, ascending; with 0.5 of 100, the 51st epoch is the first with the lower rate.
        gamma: the factor.
        warmup: epochs of linear growth from 0.
        warmup_per: "step": it grows with every step; "epoch": epoch k of W has the factor k / W throughout, as in the
            released code of LDAM (kaidic/LDAM-DRW) and the long-tailed protocol that follows it.

    >>> from functools import partial
    >>> falls = partial(step, epochs=100, milestones=[0.5, 0.75], gamma=0.1, warmup=5.0)
    >>> [round(falls(t, warmup_per="step"), 4) for t in (0.5, 1.0, 50.0, 50.5, 80.0)]
    [0.1, 0.2, 1.0, 0.1, 0.01]
    >>> [round(falls(t, warmup_per="epoch"), 4) for t in (0.5, 1.0, 4.5, 50.0, 50.5)]
    [0.2, 0.2, 1.0, 1.0, 0.1]
    >>> step(12.0, 20, milestones=[0.55], gamma=0.1, warmup=0.0, warmup_per="step")    # the twelfth of 20
    0.1
    """
    falls = bisect_right([m * epochs - SLACK for m in milestones], ceil(t) - 1)
    return ramp(ceil(t) if warmup_per == "epoch" else t, warmup) * gamma**falls
