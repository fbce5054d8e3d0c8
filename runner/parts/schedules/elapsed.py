"""How far training is, in epochs, where a schedule falls with every step or holds still within an epoch."""

from math import ceil
from typing import Literal


def elapsed(t: float, per: Literal["epoch", "step"]) -> float:
    """t itself per step; per epoch the number of whole epochs before this one. t counts the step to be taken.

    >>> [elapsed(t, "epoch") for t in (0.5, 1.0, 1.5)], elapsed(1.5, "step")
    ([0, 0, 1], 1.5)
    """
    return ceil(t) - 1 if per == "epoch" else t
