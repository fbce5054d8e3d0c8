"""The learning rate falls along half a cosine (Loshchilov and Hutter, SGDR, ICLR 2017, without restarts)."""

from math import cos, pi
from typing import Annotated, Literal

from runner.parts.schedules.elapsed import elapsed
from runner.parts.schedules.warmup import ramp


def cosine(
    t: float,
    epochs: int,
    *,
    final: Annotated[float, "[0, 1]"],
    per: Literal["epoch", "step"],
    warmup: Annotated[float, "[0, inf)"],
) -> float:
    """final + (1 - final) * (1 + cos(pi * e / epochs)) / 2, at e epochs.

    Args:
        t: epochs gone by, counting the step to be taken: after the first of 10 steps an epoch, 0.1.
        epochs: in all.
        final: where the factor ends, as a share of its start.
        per: "epoch": e is the number of whole epochs before this one, as in the noisy-label protocols;
            "step": e is t.
        warmup: epochs of linear growth from 0, multiplied on top.

    >>> [round(cosine(t, 10, final=0.0, per="epoch", warmup=0.0), 4) for t in (0.1, 1.0, 1.1, 10.0)]
    [1.0, 1.0, 0.9755, 0.0245]
    """
    e = elapsed(t, per)
    return ramp(t, warmup) * (final + (1 - final) * (1 + cos(pi * e / epochs)) / 2)
