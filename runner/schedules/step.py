"""The learning rate falls by a factor at given epochs."""

from bisect import bisect_right
from math import ceil
from typing import Annotated

from runner.schedules.warmup import ramp


def step(
    t: float,
    epochs: int,
    *,
    milestones: list[Annotated[float, "[0, 1]"]],
    gamma: Annotated[float, "(0, 1]"],
    warmup: Annotated[float, "[0, inf)"],
) -> float:
    """gamma to the power of how many milestones have been reached.

    Args:
        t: epochs gone by, counting the step to be taken.
        epochs: in all.
        milestones: shares of the whole, ascending; with 0.5 of 100, the 51st epoch is the first with the lower rate.
        gamma: the factor.
        warmup: epochs of linear growth from 0.

    >>> [round(step(t, 100, milestones=[0.5, 0.75], gamma=0.1, warmup=0.0), 4) for t in (50.0, 50.5, 80.0)]
    [1.0, 0.1, 0.01]
    """
    return ramp(t, warmup) * gamma ** bisect_right([m * epochs for m in milestones], ceil(t) - 1)
