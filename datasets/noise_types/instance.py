"""Instance-dependent label noise: how often and to what a label is flipped depends on the input."""

from typing import Annotated

import torch
from torch import Generator, Tensor

CHUNK = 4096  # examples at a time


def instance(
    labels: Tensor,
    num_classes: int,
    rate: float,
    generator: Generator,
    x: Tensor,
    mean: Tensor,
    std: Tensor,
    *,
    spread: Annotated[float, "(0, inf)"],
) -> Tensor:
    """Each example has a flip rate of its own and a class of its own that it is mostly mistaken for.

    The rate q is drawn from a normal distribution with mean `rate` and standard deviation `spread`, truncated to
    [0, 1]; the input x, normalised, is projected by a random matrix W_y of its class, and another class k is drawn with
    probability q * softmax(x W_y)_k, the softmax being over the K - 1 others.

    Source: Xia et al., "Part-dependent Label Noise: Towards Instance-dependent Label Noise", NeurIPS 2020, algorithm 2,
    in the form of its released code, which the literature calls IDN or PDN. Near 0 and 1 truncation moves the mean of q
    away from `rate`, as it does there.

    Args:
        labels: (N,) int64 classes.
        num_classes: K.
        rate: in [0, 1]; 0 flips nothing.
        generator: the stream to draw from.
        x: (N, ...) inputs.
        mean: subtracted from an input, broadcastable.
        std: then divides it.
        spread: standard deviation of the flip rates; 0.1 in the paper.
    Returns:
        (N,) int64 given labels.
    """
    if rate == 0:
        return labels
    rates = truncated_normal(rate, spread, len(labels), generator)
    drawn = torch.rand(len(labels), 2, generator=generator, dtype=torch.float64)
    given = labels.clone()
    for k in range(num_classes):
        projection = torch.randn(x[0].numel(), num_classes, generator=generator)
        for members in (labels == k).nonzero()[:, 0].split(CHUNK):
            inputs = ((x[members].to(mean.dtype) - mean) / std).flatten(1)
            scores = (inputs @ projection).double()
            scores[:, k] = -torch.inf
            upto = scores.softmax(1).cumsum(1)
            other = (drawn[members, 1:] * upto[:, -1:] >= upto).sum(1)
            given[members] = torch.where(drawn[members, 0] < rates[members], other, k)
    return given


def truncated_normal(mean: float, std: float, count: int, generator: Generator) -> Tensor:
    """(count,) float64 draws from a normal distribution truncated to [0, 1], by its inverse distribution function."""
    low, high = (torch.special.ndtr(torch.tensor((end - mean) / std, dtype=torch.float64)) for end in (0.0, 1.0))
    uniform = torch.rand(count, generator=generator, dtype=torch.float64)
    return (mean + std * torch.special.ndtri(low + (high - low) * uniform)).clamp(0, 1)
