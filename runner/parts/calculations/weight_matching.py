"""The barrier between two networks before and after the units of one are put in the order that brings both nearest:
the barrier goes, though the networks hardly come nearer (Ito, Yamada and Kumagai, "Analysis of Linear Mode Connectivity
via Permutation-Based Weight Matching", ICLR 2025; the order by Ainsworth et al., ICLR 2023).

A seed draws which of scikit-learn's digits are for training, and two networks of one hidden layer of relu units, which
are trained by Adam with the same images in other orders. Of one hidden layer the best order is found exactly.
"""

from typing import Annotated

import numpy as np
import torch
import torch.nn.functional as F
from numpy.random import Generator
from torch import Tensor

from runner.merging.barrier import barrier
from runner.merging.chain import Layer, moved
from runner.merging.matching import distance, matched
from runner.parts.calculations._digits import digits
from runner.parts.calculations._network import Network, batches, descend

METRICS = {
    "barrier_removed": ("higher", "(-inf, 1]", ""),
    "distance_kept": ("higher", "[0, 1]", ""),
    "barrier_before": ("lower", "[0, inf)", "nats"),
    "barrier_after": ("lower", "[0, inf)", "nats"),
}
LAYERS = (Layer("weight1", ["bias1"]), Layer("weight2", ["bias2"]))
State = dict[str, Tensor]


def weight_matching(
    draws: Generator,
    *,
    width: Annotated[int, "[1, 10000]"],
    train_size: Annotated[int, "[1, 1796]"],
    epochs: Annotated[int, "[1, 10000]"],
    batch_size: Annotated[int, "[1, 1000000]"],
    lr: Annotated[float, "(0, inf)"],
    points: Annotated[int, "[3, 1000]"],
) -> dict[str, float]:
    """Which share of the barrier of test loss goes by matching, and which share of the Euclidean distance stays."""
    split, *both = draws.spawn(3)
    train, test = digits(split, train_size)
    first, second = (trained(each, *train, width, epochs, batch_size, lr) for each in both)
    found = moved(second, LAYERS, matched(first, second, LAYERS))
    before, after = (barrier(line(first, other, *test, points)) for other in (second, found))
    return {
        "barrier_removed": 1 - after / before if before else np.nan,
        "distance_kept": (distance(first, found, LAYERS) / distance(first, second, LAYERS)) ** 0.5,
        "barrier_before": before,
        "barrier_after": after,
    }


def trained(draws: Generator, x: Tensor, y: Tensor, width: int, epochs: int, batch_size: int, lr: float) -> State:
    """A network's numbers after training."""
    start, order = draws.spawn(2)
    network = Network(start, (x.shape[1], width, 10), ["relu"])
    optimizer = torch.optim.Adam(network.parameters(), lr=lr)
    for batch in batches(order, len(x), batch_size, epochs):
        descend(optimizer, F.cross_entropy(network(x[batch]), y[batch]))
    (w1, w2), (b1, b2) = network.weights, network.biases
    return {
        name: one.detach() for name, one in zip(("weight1", "bias1", "weight2", "bias2"), (w1, b1, w2, b2), strict=True)
    }


def line(first: State, second: State, x: Tensor, y: Tensor, points: int) -> list[float]:
    """Losses at evenly spaced points from the first network to the second."""
    found = []
    for share in np.linspace(0, 1, points):
        between = {name: torch.lerp(first[name], second[name], float(share)) for name in first}
        hidden = torch.relu(F.linear(x, between["weight1"], between["bias1"]))
        found.append(float(F.cross_entropy(F.linear(hidden, between["weight2"], between["bias2"]), y)))
    return found
