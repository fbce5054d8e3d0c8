"""Weight matching: which unit of one network plays the part of which of another.

Ainsworth, Hayase and Srinivasa, "Git Re-Basin: Merging Models modulo Permutation Symmetries", ICLR 2023, Algorithm 1.
Orders of the second network's hidden units are sought that make the inner product of all weights of both networks
largest, and so their distance smallest. Of one layer, all others held, the best order is a linear assignment
(scipy's). Layers take turns until nothing is gained. The paper takes them in a random order, here it is from the first
to the last. The end may be a local optimum; of one hidden layer it is the optimum.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from runner.merging.chain import Layer, State, incoming, moved

Order = NDArray[np.int64]


def matched(first: State, second: State, layers: Sequence[Layer]) -> list[Order]:
    """Of each hidden layer (D,): unit i of the first network is matched with the second's unit order[i].

    Args:
        first, second: states of two networks of one architecture.
        layers: of both, as `chain_of` finds them.
    """
    orders = [np.arange(len(first[layer.weight])) for layer in layers[:-1]]
    gained = True
    while gained:
        gained = False
        for at in range(len(orders)):
            held = [np.arange(len(order)) if place == at else order for place, order in enumerate(orders)]
            likeness = _likeness(first, moved(second, layers, held), layers, at)
            found = linear_sum_assignment(likeness, maximize=True)[1]
            before, after = (likeness[np.arange(len(order)), order].sum() for order in (orders[at], found))
            if after > before + 1e-9 * abs(before):
                orders[at], gained = found, True
    return orders


def distance(first: State, second: State, layers: Sequence[Layer]) -> float:
    """The sum of squared differences of all numbers that are matched."""
    names = [name for layer in layers for name in (layer.weight, *_trained(layer))]
    return sum(float((first[name].double() - second[name].double()).square().sum()) for name in names)


def _likeness(first: State, second: State, layers: Sequence[Layer], at: int) -> NDArray[np.float64]:
    """(D, D): the inner product of all that unit i of the first and unit j of the second weigh and are weighed by."""
    ours, theirs = (_of_units(state, layers, at) for state in (first, second))
    return np.asarray((ours @ theirs.T).numpy())


def _of_units(state: State, layers: Sequence[Layer], at: int) -> Tensor:
    weight = state[layers[at].weight]
    after = incoming(state[layers[at + 1].weight], len(weight)).transpose(0, 1)
    parts = [weight, *(state[name] for name in _trained(layers[at])), after]
    return torch.cat([part.reshape(len(weight), -1) for part in parts], dim=1).double()


def _trained(layer: Layer) -> list[str]:
    """Without the statistics of BatchNorm."""
    return [name for name in layer.units if "running" not in name]
