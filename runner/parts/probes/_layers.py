"""What each layer of a network holds of some examples."""

import torch
from torch import Tensor

from runner.contracts.model import Model

CHUNK = 512  # examples at a time


def layers(network: Model, x: Tensor) -> list[Tensor]:
    """What each part of the network's body gives, flattened (N, D), in order; the last are the features.

    Args:
        x: (N, ...), inputs as the network sees them.
    """
    with torch.no_grad():
        parts = [_through(network, some) for some in x.split(CHUNK)]
    return [torch.cat(its) for its in zip(*parts, strict=True)]


def _through(network: Model, x: Tensor) -> list[Tensor]:
    found = []
    for part in network.body:
        x = part(x)
        found.append(x.flatten(1))
    return found
