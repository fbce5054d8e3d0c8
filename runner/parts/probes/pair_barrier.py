"""The barrier between the networks of two seeds before and after the units of one are put in the order that brings
both nearest (Ainsworth, Hayase and Srinivasa, "Git Re-Basin", ICLR 2023). That the barrier goes while the networks
hardly come nearer: Ito, Yamada and Kumagai, "Analysis of Linear Mode Connectivity via Permutation-Based Weight
Matching", ICLR 2025.

    barrier = max_t L((1 - t) a + t b) - ((1 - t) L(a) + t L(b)),    L the mean cross-entropy of test examples
    barrier_removed = 1 - after / before,    distance_kept = |a - matched b| / |a - b|

The order is that of runner/merging/matching.py: of one hidden layer the best one, of more a local optimum. Test
examples are those of the first seed.
"""

from typing import Annotated

import numpy as np

from runner.contracts.probe import Probed
from runner.merging.between import Between

METRICS = {
    "barrier_removed": ("higher", "(-inf, 1]", ""),
    "distance_kept": ("higher", "[0, 1]", ""),
    "barrier_before": ("lower", "[0, inf)", "nats"),
    "barrier_after": ("lower", "[0, inf)", "nats"),
}


def pair_barrier(
    seen: Probed, *, apart: Annotated[int, "[1, inf)"], points: Annotated[int, "[3, 1000]"]
) -> dict[str, float]:
    """Which share of the barrier goes by matching, and which share of the Euclidean distance stays.

    barrier_removed is not finite where there is no barrier before, distance_kept where both networks are the same.

    Args:
        apart: how far the seed of the other network is.
        points: on the line, both ends included.
    Raises:
        ValueError: examples are not of one class each, or the network is no chain of layers whose units can change
            places.
    """
    if seen.other is None or seen.num_classes < 2 or seen.test.true.dim() != 1:
        raise ValueError("barriers are of two networks and of examples with one class each, of at least two classes")
    between = Between(seen.network, seen.test.x, seen.test.true, points)
    pair = between.pair("", (0, apart), seen.network.state_dict(), seen.other.state_dict())
    before, after = (pair.barrier("nll", way) for way in ("plain", "matched"))
    plain, matched = (pair.distance[way] for way in ("plain", "matched"))
    return {
        "barrier_removed": 1 - after / before if before else np.nan,
        "distance_kept": (matched / plain) ** 0.5 if plain else np.nan,
        "barrier_before": before,
        "barrier_after": after,
    }
