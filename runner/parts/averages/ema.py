"""An exponential moving average of the weights.

    a <- d a + (1 - d) w    after each `every`-th step;  a starts as the first such w

Polyak and Juditsky, SIAM Journal on Control and Optimization 30, 1992, have the mean; the exponential form is what
vision recipes use. Those of torchvision (references/classification, `--model-ema`) have decay 0.99998 every 32 steps,
scaled by batch size and epochs; timm's `ModelEmaV3` has decay 0.9999 and, if asked, the warm-up of this file,
min(decay, (1 + k) / (10 + k)), which TensorFlow's ExponentialMovingAverage has as well.
"""

from typing import Annotated


def ema(
    step: int,
    steps: int,
    epochs: int,
    taken: int,
    *,
    decay: Annotated[float, "[0, 1)"],
    every: Annotated[int, "[1, inf)"],
    warmup: bool,
) -> float:
    """The share of the present weights in the average.

    Args:
        step: taken so far, of all; from 1.
        steps: an epoch has.
        epochs: of all training.
        taken: how often the average has moved.
        decay: d, of the average, each time that it moves.
        every: so many steps.
        warmup: is d at most (1 + k) / (10 + k) the k-th time, k from 0?

    >>> [round(ema(step, 10, 60, step - 1, decay=0.99, every=1, warmup=True), 3) for step in (1, 2, 2000)]
    [0.9, 0.818, 0.01]
    >>> [ema(step, 10, 60, 0, decay=0.5, every=2, warmup=False) for step in (1, 2)]
    [0.0, 0.5]
    """
    if step % every:
        return 0.0
    return 1 - (min(decay, (1 + taken) / (10 + taken)) if warmup else decay)
