"""A network as a chain of layers, whose hidden units can change places without another function."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

State = Mapping[str, Tensor]
WEIGHED = (nn.Linear, nn.Conv1d, nn.Conv2d)
ONE_BY_ONE = (nn.BatchNorm1d, nn.BatchNorm2d)


@dataclass(frozen=True)
class Layer:
    """Names of a layer's numbers in the network's state.

    Attributes:
        weight: (D, C, ...) of D units, C units before them; (D, C * P) where feature maps of P places were flattened.
        units: those of D numbers, one of each unit: biases, and what normalises the layer.
    """

    weight: str
    units: Sequence[str]


def chain_of(network: nn.Module) -> list[Layer]:
    """The layers of a network from inputs to logits; the last one's units are the classes.

    Raises:
        ValueError: it is no chain of linear layers and convolutions, each with a normalisation of single units or of
            all at once.
    """
    found: list[Layer] = []
    for name, module in _leaves(network):
        numbers = [key for key, value in module.state_dict(prefix=f"{name}.").items() if value.numel() > 1]
        if isinstance(module, WEIGHED) and getattr(module, "groups", 1) == 1:
            found.append(Layer(f"{name}.weight", [key for key in numbers if key != f"{name}.weight"]))
        elif found and (
            isinstance(module, ONE_BY_ONE) or (isinstance(module, nn.GroupNorm) and module.num_groups == 1)
        ):
            found[-1] = Layer(found[-1].weight, [*found[-1].units, *numbers])
        elif numbers or isinstance(module, nn.GroupNorm):
            raise ValueError(
                f"{name} ({type(module).__name__}): units can be matched in chains of layers, as mlp and cnn"
            )
    return found


def moved(state: State, layers: Sequence[Layer], orders: Sequence[Any]) -> dict[str, Tensor]:
    """The same network with units in other places: unit i of hidden layer l is the one that was unit orders[l][i].

    Args:
        orders: of each layer but the last, (D,) whole numbers.
    """
    found = dict(state)
    for (layer, after), order in zip(pairwise(layers), orders, strict=True):
        places = torch.as_tensor(order)
        for name in (layer.weight, *layer.units):
            found[name] = found[name][places]
        found[after.weight] = incoming(found[after.weight], len(places))[:, places].reshape(state[after.weight].shape)
    return found


def incoming(weight: Tensor, units: int) -> Tensor:
    """A weight (D, C, ...) or (D, C * P) as (D, C, P), by the C units that it weighs."""
    return weight.reshape(len(weight), units, -1)


def _leaves(network: nn.Module, name: str = "") -> Iterator[tuple[str, nn.Module]]:
    inner = list(network.named_children())
    if not inner or not (isinstance(network, nn.Sequential) or not name):
        yield name, network
        return
    for key, module in inner:
        yield from _leaves(module, f"{name}.{key}".strip("."))
