"""Disparity of predictions between groups, over all clients of a federation and within each, from what they share
(Hamman and Dutta, 2024, ICLR, arXiv 2307.11333).

Z is the group, Y the prediction, S the client, each a bit. The global disparity I(Z; Y) is unique + redundant, and the
local one I(Z; Y | S) is unique + masked: the parts of what Y and S say of Z, as Bertschinger et al. (2014) define them.
For each seed the law of (Z, Y) is drawn, and `people` of it. Each goes to a client: by a fair coin ("evenly"), to the
one of the group with probability `purity` and else to the other ("by_group"), or so to the client that is Z xor Y
("masking"). The paper's third split is of the true label; here it is of the prediction itself.
"""

from typing import Annotated, Literal

import numpy as np
from numpy.random import Generator

from runner.parts.calculations._information import Table, between, decomposed, information

METRICS = {
    "masked_disparity": ("lower", "(-inf, inf)", "nats"),
    "redundant_disparity": ("lower", "(-inf, inf)", "nats"),
    "unique_disparity": ("lower", "(-inf, inf)", "nats"),
    "global_disparity": ("lower", "[0, inf)", "nats"),
    "local_disparity": ("lower", "[0, inf)", "nats"),
    "global_beyond_local": ("higher", "(-inf, inf)", "nats"),  # as the paper has it where clients are groups
}


def federated_disparity(
    draws: Generator,
    *,
    split: Literal["evenly", "by_group", "masking"],
    purity: Annotated[float, "[0.5, 1]"],
    people: Annotated[int, "[10, 10000000]"],
) -> dict[str, float]:
    """The parts of disparity of a split, and the disparities that they add up to."""
    table = draws.multinomial(people, draws.dirichlet(np.full(4, 4.0)))
    group, prediction = np.divmod(np.repeat(np.arange(4), table), 2)
    own = {"evenly": 0 * group, "by_group": group, "masking": group ^ prediction}[split]
    apart = 0.5 if split == "evenly" else purity
    client = np.where(draws.uniform(size=people) < apart, own, 1 - own)
    joint = np.zeros((2, 2, 2))
    np.add.at(joint, (prediction, client, group), 1 / people)
    return disparities(joint)


def disparities(joint: Table) -> dict[str, float]:
    """All of METRICS of a law (2, 2, 2) of prediction, client and group."""
    parts = decomposed(joint)
    overall, local = information(joint.sum(1)), between(joint.transpose(0, 2, 1))
    return {
        "masked_disparity": parts.synergy,
        "redundant_disparity": parts.redundant,
        "unique_disparity": parts.unique_1,
        "global_disparity": max(0.0, overall),
        "local_disparity": max(0.0, local),
        "global_beyond_local": overall - local,
    }
