"""Weights of another network, and weights that are a function of what is trained, torch.nn.utils.parametrize."""

from collections.abc import Iterator

from torch import Tensor, nn
from torch.nn.utils import parametrize

Layer = nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d


def layers(network: nn.Module) -> Iterator[Layer]:
    """All linear layers and convolutions within."""
    return (module for module in network.modules() if isinstance(module, Layer))


def trained(layer: Layer) -> Tensor:
    """The numbers of a layer that are trained: its weights, or what these are made of, of the same shape. Raises
    ValueError where there are none of that shape."""
    how = getattr(layer, "parametrizations", None)
    if how is not None and not hasattr(how.weight, "original"):
        raise ValueError("a network whose weights are made of codes has none of its own to look at")
    weights: Tensor = layer.weight if how is None else how.weight.original
    return weights


def rewrite(layer: Layer, how: nn.Module) -> None:
    """From now on the layer's weights are what `how` gives of trained numbers, which start where that gives the weights
    that it has."""
    parametrize.register_parametrization(layer, "weight", how, unsafe=True)  # not called to look at what it gives


def begin_with(network: nn.Module, stored: nn.Module, cell: str) -> None:
    """Give a network the numbers of a stored one, that of this cell. Raises ValueError where it is of another kind."""
    try:
        network.load_state_dict(stored.state_dict())
    except RuntimeError as error:
        raise ValueError(f"start={cell}: its network is of another kind; must be that of the same model") from error
