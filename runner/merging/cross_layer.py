"""Networks of unequal depth: which layers belong together, and the shallow one made as deep as the other.

Nguyen et al., "On Cross-Layer Alignment for Model Fusion of Heterogeneous Neural Networks", ICASSP 2023 (CLAFusion;
released code hsgser/clafusion). Each hidden layer of the shallow network is aligned with one of the deep one, in order,
so that the sum of costs is least; the cost is one minus the linear CKA of their activations (Kornblith et al., ICML
2019). In between, layers that pass on what they get are put in. That all of the network's activations are looked at
after the activation function is unconfirmed.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from runner.contracts.model import Model
from runner.merging.chain import chain_of


def aligned(cost: NDArray[np.float64], *, pinned: bool = True) -> list[int]:
    """The layer of the deep network, counted from 0, of each layer of the shallow one: increasing, of least cost.

    Args:
        cost: (m, n) of layers of the deep network and the shallow one, m at least n.
        pinned: the first layers belong together, as by default in the released code.

    >>> aligned(np.array([[0.5, 0.9], [0.1, 0.8], [0.7, 0.3]])), aligned(np.array([[0.5], [0.1]]), pinned=False)
    ([0, 2], [1])
    """
    m, n = cost.shape
    least = np.full((m + 1, n + 1), np.inf)  # of the first i deep and j shallow layers
    least[:, 0] = 0
    for j in range(1, n + 1):
        for i in range(j, m + 1):
            taken = np.inf if pinned and i > j == 1 else least[i - 1, j - 1] + cost[i - 1, j - 1]
            least[i, j] = min(least[i - 1, j], taken)
    found, i = [], m
    for j in range(n, 0, -1):
        while least[i, j] == least[i - 1, j]:
            i -= 1
        i -= 1
        found.append(i)
    return found[::-1]


def cka(first: Tensor, second: Tensor) -> float:
    """Linear centred kernel alignment of activations (M, D) and (M, E) of the same examples, in [0, 1].

    >>> x = torch.tensor([[1.0, 0.0], [0.0, 1.0], [2.0, 1.0]])
    >>> round(cka(x, 3 * x.flip(1) + 1), 6)    # turned, stretched and moved
    1.0
    """
    a, b = (each.double() - each.double().mean(0) for each in (first, second))
    return float((a.T @ b).square().sum() / ((a.T @ a).norm() * (b.T @ b).norm()))


def lengthened(shallow: Model, deep: Model, x: Tensor) -> dict[str, Tensor]:
    """A state of the deep network's architecture that computes what the shallow one does.

    Args:
        shallow, deep: perceptrons of equally wide layers, without normalisation, with ReLU, in evaluation mode.
        x: (M, ...) examples, of whose activations layers are aligned.
    Raises:
        ValueError: networks are of another kind, or the shallow one is the deeper of both.
    """
    ours, theirs = (_linear(network) for network in (shallow, deep))
    if len(ours) > len(theirs):
        raise ValueError(f"{len(ours) - 1} hidden layers are more than {len(theirs) - 1}")
    few, many = (_activations(network, x) for network in (shallow, deep))
    cost = np.array([[1 - cka(a, b) for b in few] for a in many])
    places = [*aligned(cost), len(theirs) - 1]
    state = _passing_on(deep, theirs)
    for (weight, bias), place in zip(ours, places, strict=True):
        for name, given in zip(theirs[place], (weight, bias), strict=True):
            state[name] = shallow.state_dict()[given]
    if any(each.shape != state[name].shape for name, each in deep.state_dict().items()):
        raise ValueError("layers of both networks must be equally wide")
    return state


def _linear(network: nn.Module) -> list[tuple[str, str]]:
    """Names of weight and bias of each layer."""
    layers, state = chain_of(network), network.state_dict()
    if any(len(layer.units) != 1 or state[layer.weight].dim() != 2 for layer in layers):
        raise ValueError("networks of unequal depth can be brought together if they are perceptrons without a norm")
    return [(layer.weight, layer.units[0]) for layer in layers]


def _passing_on(deep: nn.Module, layers: Sequence[tuple[str, str]]) -> dict[str, Tensor]:
    """The deep network's state, each hidden layer but the first one passing on what it gets."""
    state = dict(deep.state_dict())
    for weight, bias in layers[1:-1]:
        state[weight], state[bias] = torch.eye(len(state[bias])), torch.zeros_like(state[bias])
    return state


def _activations(network: Model, x: Tensor) -> list[Tensor]:
    """(M, D) of each hidden layer."""
    found = [x]
    with torch.no_grad():
        for part in network.body:
            found.append(part(found[-1]))
    return found[1:]
