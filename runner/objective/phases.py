"""Phases of training: a method may train one network after the other, and every schedule begins anew with each."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple


class Phase(NamedTuple):
    """Attributes: number: from 0; start: epochs of all training before it; epochs: how many it has."""

    number: int
    start: int
    epochs: int


def phase_at(t: float, starts: Sequence[int], epochs: int) -> Phase:
    """The phase in which training is when `t` of all `epochs` are over; at an end it is the one that ends.

    Args:
        starts: (0, e, ...), ascending: epochs after which a phase begins.

    >>> phase_at(4.0, [0, 4], 6), phase_at(4.5, [0, 4], 6)
    (Phase(number=0, start=0, epochs=4), Phase(number=1, start=4, epochs=2))
    """
    number = bisect_left(starts, t) - 1
    start, end = starts[number], [*starts, epochs][number + 1]
    return Phase(number, start, end - start)
