"""Numbers as they are on paper: what is equal there counts as equal here, although 0.1 + 0.2 is not 0.3 to a computer.

A nan or an infinity among differences makes nan of everything that they enter. No function of this folder warns.
Random numbers have a fixed seed, so a report says the same twice.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
SAME = 2e-9  # relative, of values: packed ones have nine digits
TIE = 1e-5  # relative, of differences: one example of 360, between values of nine digits, is off by 4e-7 of itself
SEED = 0


def on_paper(values: ArrayLike, tie: float = SAME) -> Array:
    """Values (...), of which those are made equal that are equal on paper: no further apart than `tie` of the largest.

    >>> bool(np.ptp(on_paper([0.1 + 0.2, 0.3])) == 0)
    True
    """
    array = np.asarray(values, dtype=np.float64)
    if not array.size or not np.isfinite(array).all():
        return array
    order = array.argsort(axis=None, kind="stable")
    ascending = array.ravel()[order]
    another = np.diff(ascending, prepend=-math.inf) > tie * np.abs(array).max()
    made = np.empty_like(ascending)
    made[order] = ascending[another][another.cumsum() - 1]
    return made.reshape(array.shape)


def all_equal(x: Array) -> bool:
    """Are numbers (n,), n > 0, equal on paper?"""
    return bool(np.ptp(x) <= TIE * np.abs(x).max())


def signs(x: Array) -> Array:
    """1, 0 or -1 of each difference (n,); what is next to nothing beside the largest is 0."""
    return np.asarray(np.sign(np.where(np.abs(x) > TIE * np.abs(x).max(), x, 0.0)))


def checked(scores: ArrayLike) -> Array:
    """Scores (P, O) as on paper. Raises ValueError where they are not that, or hold nan."""
    found = np.asarray(scores, dtype=np.float64)
    if found.ndim != 2:
        raise ValueError(f"scores are (problems, objectives), not {found.shape}")
    if np.isnan(found).any():
        places = [(int(p), int(o)) for p, o in np.argwhere(np.isnan(found))]
        raise ValueError(f"scores hold nan at (problem, objective) {places}")
    return on_paper(found)
