"""Outliers: some targets are far off."""

from typing import Annotated, Literal

import torch
from torch import Generator, Tensor


def outliers(
    targets: Tensor,
    rate: float,
    generator: Generator,
    *,
    size: Annotated[float, "(0, inf)"],
    form: Literal["normal", "shift"],
) -> Tensor:
    """With probability `rate` and independently, all targets of an example are moved by a large error.

    form "normal": by draws from a normal distribution with mean 0 and deviation `size`, one a target.
    form "shift": by `size` upwards, so that the mean of the targets moves, too.

    Source: the gross-error model of Huber, "Robust Estimation of a Location Parameter", Annals of Mathematical
    Statistics, 1964.

    Args:
        targets: (N, D) standardised.
        rate: in [0, 1].
        generator: the stream to draw from; a larger rate moves the same targets, as far, and more.
        size: in standard deviations of the targets, above 0.
        form: "normal" or "shift", as above.
    Returns:
        (N, D) given targets.

    >>> outliers(torch.tensor([[0.0], [1.0]]), 1.0, torch.Generator().manual_seed(0), size=5.0, form="shift")
    tensor([[5.],
            [6.]])
    """
    hit = torch.rand(len(targets), 1, generator=generator) < rate
    error = size * torch.randn(targets.shape, generator=generator) if form == "normal" else size
    return torch.where(hit, targets + error, targets)
