"""Where samples begin: points of the plane that is evaluated, as standard normal numbers that are the same for all."""

import math

import torch
from torch import Tensor

from datasets.planar import HALF


def latents(x: Tensor) -> Tensor:
    """Points (M, 2) of the square [-4, 4]^2 -> normal numbers, the quantiles that each coordinate is in its span.

    Of all cells of the square they are a sample that is as even as can be.

    >>> latents(torch.tensor([[0.0, 0.0]]))
    tensor([[0., 0.]])
    """
    return math.sqrt(2) * torch.erfinv(x / HALF)
