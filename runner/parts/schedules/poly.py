"""The learning rate falls along a power of what is left, as in semantic segmentation (Chen et al., DeepLab, 2017)."""

from typing import Annotated, Literal

from runner.parts.schedules.elapsed import elapsed
from runner.parts.schedules.warmup import ramp


def poly(
    t: float,
    epochs: int,
    *,
    power: Annotated[float, "(0, inf)"],
    final: Annotated[float, "[0, 1]"],
    per: Literal["epoch", "step"],
    warmup: Annotated[float, "[0, inf)"],
) -> float:
    """final + (1 - final) * (1 - e / epochs)**power, at e epochs.

    With final=0 it is torch's PolynomialLR, with power=1 its LinearLR from 1 to `final`.

    Args:
        t: epochs gone by, counting the step to be taken.
        epochs: in all.
        power: 1 is a straight line; DeepLab's 0.9, per step.
        final: where the factor ends, as a share of its start.
        per: "epoch": e is the number of whole epochs before this one; "step": e is t.
        warmup: epochs of linear growth from 0, multiplied on top.

    >>> [poly(t, 10, power=2.0, final=0.0, per="step", warmup=0.0) for t in (5.0, 10.0)]
    [0.25, 0.0]
    """
    left = max(1 - elapsed(t, per) / epochs, 0.0)
    return ramp(t, warmup) * (final + (1 - final) * left**power)
