"""How a difference grows along a key, in each seed."""

import numpy as np
from numpy.typing import ArrayLike

from runner.statistics.values import Array, all_equal


def slopes(x: ArrayLike, values: ArrayLike) -> Array:
    """Least-squares slope (n,) of each seed's values (n, m) against x (m,), in values per unit of x.

    >>> slopes([0.0, 0.2, 0.4], [[0.9, 0.8, 0.7], [0.5, 0.6, 0.6]]).round(6).tolist()
    [-0.5, 0.25]

    Raises:
        ValueError: all x are equal, or there are none.
    """
    at = np.asarray(x, dtype=np.float64)
    if not at.size or all_equal(at):
        raise ValueError(f"a slope takes two different x, and these are {at.tolist()}")
    centred = at - at.mean()
    return np.asarray(np.asarray(values, dtype=np.float64) @ centred / (centred @ centred), dtype=np.float64)
