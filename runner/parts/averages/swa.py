"""Stochastic weight averaging, Izmailov et al., UAI 2018, arXiv:1803.05407: the mean of the weights after each epoch.

The paper averages from about three quarters of training on, with a learning rate that is constant, or cyclic, from
there; which schedule goes with it is said by `schedule`. BatchNorm's statistics are taken anew for the mean, as in the
paper. Before the mean begins the weights that are trained are evaluated.
"""

from typing import Annotated


def swa(step: int, steps: int, epochs: int, taken: int, *, start: Annotated[float, "[0, 1)"]) -> float | None:
    """The share of the present weights in the mean, None where there is no mean.

    Args:
        step: taken so far, of all; from 1.
        steps: an epoch has.
        epochs: of all training.
        taken: how often the mean has moved.
        start: share of all epochs, after which the mean begins.

    >>> [swa(step, 2, 4, taken, start=0.5) for step, taken in ((3, 0), (4, 0), (5, 0), (6, 0), (7, 1), (8, 1))]
    [None, None, 0.0, 1.0, 0.0, 0.5]
    """
    if -(-step // steps) <= start * epochs + 1e-9:
        return None
    return 0.0 if step % steps else 1 / (taken + 1)
