"""Warm-up, stable, decay (Hu et al., "MiniCPM: Unveiling the Potential of Small Language Models with Scalable Training
Strategies", 2024): the learning rate holds still, and falls at the end."""

from math import cos, pi
from typing import Annotated, Literal

from runner.parts.schedules.elapsed import elapsed
from runner.parts.schedules.warmup import ramp

FALLS = {"linear": lambda u: 1 - u, "cosine": lambda u: (1 + cos(pi * u)) / 2, "sqrt": lambda u: 1 - u**0.5}


def wsd(
    t: float,
    epochs: int,
    *,
    decay: Annotated[float, "[0, 1]"],
    shape: Literal["linear", "cosine", "sqrt"],
    final: Annotated[float, "[0, 1]"],
    per: Literal["epoch", "step"],
    warmup: Annotated[float, "[0, inf)"],
) -> float:
    """1, then in the last share `decay` of all epochs from 1 to `final`, where u is how much of that share is over.

    Args:
        t: epochs gone by, counting the step to be taken.
        epochs: in all.
        decay: the share of all epochs in which it falls; MiniCPM's 0.1. 0 is constant.
        shape: "linear": 1 - u; "cosine": (1 + cos(pi u)) / 2; "sqrt": 1 - sqrt(u), which Hägele et al. (Scaling Laws
            and Compute-Optimal Training Beyond Fixed Training Durations, NeurIPS 2024) recommend. MiniCPM's own fall
            is exponential, with a half-life in steps; it is not offered.
        final: where the factor ends, as a share of its start.
        per: "epoch": u is that of the number of whole epochs before this one; "step": that of t.
        warmup: epochs of linear growth from 0, multiplied on top.

    >>> [wsd(t, 10, decay=0.2, shape="linear", final=0.0, per="step", warmup=2.0) for t in (1.0, 2.0, 8.0, 9.0, 10.0)]
    [0.5, 1.0, 1.0, 0.5, 0.0]
    """
    start = epochs * (1 - decay)
    e = elapsed(t, per)
    u = min((e - start) / (epochs - start), 1.0) if e > start else 0.0
    return ramp(t, warmup) * (final + (1 - final) * FALLS[shape](u))
