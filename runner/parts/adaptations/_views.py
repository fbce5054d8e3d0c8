"""Another view of a batch that networks adapt to."""

from collections.abc import Sequence

import torch
from torch import Generator, Tensor


def viewed(x: Tensor, shift: int, noise: float, streams: Sequence[Generator]) -> Tensor:
    """Normalised inputs (S, B, ..., W), each moved along its last axis, around the ends, and with normal noise added.

    Args:
        shift: places to either side at most, all moves alike.
        noise: deviation of the noise.
        streams: of S seeds, each of which draws from its own.
    """
    moves = torch.stack([torch.randint(-shift, shift + 1, x.shape[1:2], generator=stream) for stream in streams])
    added = torch.stack([torch.randn(x.shape[1:], generator=stream) for stream in streams])
    places = torch.arange(x.shape[-1]) - moves[..., None]
    places = (places % x.shape[-1]).view(*x.shape[:2], *[1] * (x.dim() - 3), -1).expand(x.shape)
    return x.gather(-1, places.to(x.device)) + noise * added.to(x.device)
