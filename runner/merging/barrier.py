"""The barrier between two networks: how far the loss rises on the straight line between them."""

import numpy as np
from numpy.typing import ArrayLike


def barrier(curve: ArrayLike) -> float:
    """How far a curve of losses rises above the straight line between its ends, at its highest; 0 where it does not.

    Frankle et al., "Linear Mode Connectivity and the Lottery Ticket Hypothesis", ICML 2020; against the line between
    the ends as of Entezari et al., ICLR 2022.

    >>> barrier([0.5, 2.0, 1.5])    # the line is at 1 in the middle
    1.0
    >>> barrier([0.5, 0.5, 1.5])
    0.0
    """
    values = np.asarray(curve, dtype=np.float64)
    chord = np.linspace(values[0], values[-1], len(values))
    return float(np.maximum(values - chord, 0)[1:-1].max(initial=0))
