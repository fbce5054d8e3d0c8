"""Pairs of pictures whose places are correlated: made up, with known mutual information."""

from typing import Annotated, Literal

import torch
from torch import Tensor

from datasets.pairs._pairs import split_of
from datasets.pairs.gaussian import correlated
from datasets.split import Split


def blob_pairs(
    *,
    mi: Annotated[float, "[0, inf)"],
    side: Annotated[int, "[4, 64]"],
    width: Annotated[float, "(0, inf)"],
    num_train: Annotated[int, "[2, inf)"],
    num_test: Annotated[int, "[2, inf)"],
    task: Literal["mutual_information"],
) -> Split:
    """Pairs (N, 2, side, side) float32: two pictures of a round spot each, whose places are correlated.

    Places along and across are pairs of Gaussian numbers, brought to (0, 1) by the normal distribution function and to
    the middle three quarters of the picture. A place is known from its picture, and the map is smooth, so that I of
    the pictures is that of the Gaussians.

    Source: after the images of Gaussians of Butakov et al., "Information Bottleneck Analysis of Deep Neural Networks
    via Lossy Compression", ICLR 2024, arXiv:2305.08013; the map is ours.

    Args:
        mi: I, in nats.
        side: pixels.
        width: standard deviation of the spot, in pixels.
        num_train: N.
        num_test: M.
        task: what is asked.
    Raises:
        ValueError: as `gaussian` does.
    """
    draw = torch.Generator().manual_seed(0)
    first, second, density = correlated(num_train + num_test, 2, mi, draw)
    one, other = (_picture(half, side, width) for half in (first, second))
    return split_of([one, other], density, num_train, mi, task)


def _picture(place: Tensor, side: int, width: float) -> Tensor:
    """Standard Gaussian numbers (N, 2) -> pictures (N, side, side) in [0, 1]."""
    centre = (torch.special.ndtr(place) * 0.75 + 0.125) * (side - 1)
    pixels = torch.arange(side, dtype=torch.float64)
    along, across = ((-(pixels - at[:, None]).square() / (2 * width**2)).exp().float() for at in centre.T)
    return across[:, :, None] * along[:, None, :]
