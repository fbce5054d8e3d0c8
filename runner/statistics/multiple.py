"""Corrections for many comparisons."""

import math
from collections.abc import Iterable

import numpy as np


def holm(ps: Iterable[float]) -> list[float]:
    """p values corrected for their number (Holm, 1979). nan stays nan and does not count.

    >>> [round(p, 3) for p in holm([0.01, math.nan, 0.04, 0.03])]
    [0.03, nan, 0.06, 0.06]
    """
    found = np.array(list(ps), dtype=np.float64)
    order = [place for place in np.argsort(found, kind="stable") if not math.isnan(found[place])]
    largest = 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * float(found[place])))
        found[place] = largest
    return [float(p) for p in found]
