"""One cycle (Smith and Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates",
2018): the learning rate rises to its peak, then falls far below where it began."""

from math import cos, pi
from typing import Annotated, Literal

from runner.parts.schedules.warmup import ramp

WAYS = {"cosine": lambda u: (1 - cos(pi * u)) / 2, "linear": lambda u: u}


def one_cycle(
    t: float,
    epochs: int,
    *,
    rise: Annotated[float, "(0, 1)"],
    start: Annotated[float, "[0, 1]"],
    final: Annotated[float, "[0, 1]"],
    shape: Literal["cosine", "linear"],
    warmup: Annotated[float, "[0, inf)"],
) -> float:
    """From `start` to 1 in the first share `rise` of all epochs, and from 1 to `final` in the others.

    optimizer.lr is the peak, torch's max_lr. It is torch's OneCycleLR without that one's first step, which is made at
    `start` itself. Momentum stays what the optimizer says; Smith and Topin, and torch unless cycle_momentum=False, let
    it fall while the learning rate rises. A schedule here is a factor on the learning rate, and optimizers call
    momentum by different names.

    Args:
        t: epochs gone by, counting the step to be taken: the factor changes with every step.
        epochs: in all.
        rise: share of all epochs in which it rises; torch's pct_start.
        start: where it begins, as a share of the peak; one over torch's div_factor.
        final: where it ends, as a share of the peak; `start` over torch's final_div_factor.
        shape: of both parts, half a cosine each or straight.
        warmup: epochs of linear growth from 0, multiplied on top; the cycle has its own rise, so usually 0.

    >>> [one_cycle(t, 10, rise=0.5, start=0.5, final=0.0, shape="linear", warmup=0.0) for t in (2.5, 5.0, 7.5, 10.0)]
    [0.75, 1.0, 0.5, 0.0]
    """
    top = rise * epochs
    a, b, u = (start, 1.0, t / top) if t <= top else (1.0, final, (t - top) / (epochs - top))
    return ramp(t, warmup) * (a + (b - a) * WAYS[shape](u))
