"""Bounds on what two modalities say only together, from data in which a label never comes with both: the laws of each
modality with the label, and of both without one (Liang et al., 2024, ICLR, arXiv 2306.04539).

A modality is a bit; the law of both is drawn for each seed, and the label is a gate of them, turned over with
probability `noise`. With S the synergy and R the redundancy of Bertschinger et al. (2014), S = R - I(X1; X2) +
I(X1; X2 | Y), of which the last is at least its minimum over all laws with the known parts; and S <= I(X1, X2; Y) -
max(I(X1; Y), I(X2; Y)), where the first is at most its maximum over all laws with the known ones of (X1, X2) and of Y.
The paper says how to approximate that maximum; of two labels it is computed here. Its second lower bound, from how much
classifiers of one modality disagree, has a constant that we could not confirm, and is left out.
"""

from collections.abc import Callable
from itertools import permutations
from typing import Annotated, Literal

import numpy as np
from numpy.random import Generator

from runner.parts.calculations._information import Table, between_slope, decomposed, entropy, information, least

METRICS = {
    "bound_slack": ("higher", "(-inf, inf)", "nats"),  # from the synergy to the nearer bound, negative beyond it
    "synergy_at_least": ("higher", "(-inf, inf)", "nats"),
    "synergy": ("higher", "(-inf, inf)", "nats"),
    "synergy_at_most": ("lower", "(-inf, inf)", "nats"),
}
GATES: dict[str, Callable[[Table, Table], Table]] = {
    "xor": np.bitwise_xor,
    "and": np.bitwise_and,
    "copy": lambda first, _: first,
}


def multimodal_bounds(
    draws: Generator, *, gate: Literal["xor", "and", "copy"], noise: Annotated[float, "[0, 0.5)"]
) -> dict[str, float]:
    """The synergy of a noisy gate, and its bounds."""
    joint = labelled(draws.dirichlet(np.full(4, 4.0)).reshape(2, 2), gate, noise)
    low, true, high = at_least(joint), decomposed(joint).synergy, at_most(joint)
    return {
        "bound_slack": min(true - low, high - true),
        "synergy_at_least": low,
        "synergy": true,
        "synergy_at_most": high,
    }


def labelled(pairs: Table, gate: str, noise: float) -> Table:
    """The law (2, 2, 2) of two bits, of law (2, 2), and their label."""
    label = GATES[gate](*np.indices((2, 2)))
    return pairs[:, :, None] * np.where(label[:, :, None] == np.arange(2), 1 - noise, noise)


def at_least(joint: Table) -> float:
    """The lower bound on the synergy of a law (2, 2, 2)."""
    nearest = least(joint, between_slope, pairs_stay=True)
    return decomposed(joint).redundant - information(joint.sum(2)) + between_slope(nearest)[0]


def at_most(joint: Table) -> float:
    """The upper bound: the entropy of a law of (X1, X2) and Y with the parts known is least at a corner of all of them,
    where at most one of the four pairs has both labels."""
    pairs, labels = joint.sum(2).ravel(), joint.sum((0, 1))
    corners = (_filled(pairs[list(order)], float(labels[0])) for order in permutations(range(4)))
    together = entropy(pairs) + entropy(labels) - min(entropy(corner) for corner in corners)
    return together - max(information(joint.sum(1)), information(joint.sum(0)))


def _filled(pairs: Table, mass: float) -> Table:
    """The law (4, 2) in which the first pairs have label 0 until its mass is spent, and the others label 1."""
    zero = np.clip(mass - (pairs.cumsum() - pairs), 0.0, pairs)
    return np.stack([zero, pairs - zero], 1)
