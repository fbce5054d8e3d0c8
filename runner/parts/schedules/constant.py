"""The same learning rate throughout, after the warm-up."""

from typing import Annotated

from runner.parts.schedules.warmup import ramp


def constant(t: float, epochs: int, *, warmup: Annotated[float, "[0, inf)"]) -> float:
    """Args: t, epochs gone by, counting the step to be taken; epochs in all; warmup, epochs of linear growth from 0.

    >>> constant(7.25, 60, warmup=0.0)
    1.0
    """
    return ramp(t, warmup)
