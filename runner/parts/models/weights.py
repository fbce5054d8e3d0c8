"""Layers whose weights are a function of the numbers that are trained, torch.nn.utils.parametrize."""

from collections.abc import Iterator

from torch import Tensor, nn
from torch.nn.utils import parametrize

Layer = nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d


def layers(network: nn.Module) -> Iterator[Layer]:
    """All linear layers and convolutions within."""
    return (module for module in network.modules() if isinstance(module, Layer))


def trained(layer: Layer) -> Tensor:
    """The numbers of a layer that are trained: its weights, or what these are made of."""
    how = getattr(layer, "parametrizations", None)
    weights: Tensor = layer.weight if how is None else how.weight.original
    return weights


def rewrite(layer: Layer, how: nn.Module) -> None:
    """From now on the layer's weights are what `how` gives of trained numbers, which start where that gives the weights
    that it has."""
    parametrize.register_parametrization(layer, "weight", how, unsafe=True)  # not called to look at what it gives
