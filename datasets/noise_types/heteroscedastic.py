"""Noise whose size depends on the input."""

from typing import Annotated

import torch
from torch import Generator, Tensor

from datasets.split import CHUNK


def heteroscedastic(
    targets: Tensor,
    rate: float,
    generator: Generator,
    x: Tensor,
    mean: Tensor,
    std: Tensor,
    *,
    size: Annotated[float, "(0, inf)"],
    input: Annotated[int, "[0, inf)"] | None,
) -> Tensor:
    """With probability `rate` and independently, an example's targets get normal noise of deviation size |u| / mean|u|.

    u is one number of an example's normalised input: the one of number `input`; or, where that is None, its place along
    the first principal component of the training inputs. The mean of |u| is over all training examples, so that `size`
    is the mean deviation. Each target has a draw of its own.

    Args:
        targets: (N, D) standardised.
        rate: in [0, 1].
        generator: the stream to draw from; a larger rate gives the same noise to the same examples and more.
        x: (N, ...) inputs.
        mean: subtracted from an input, broadcastable.
        std: then divides it.
        size: in standard deviations of the targets, above 0.
        input: number of an input, from 0, of the P that an example has; None for the first principal component.
    Returns:
        (N, D) given targets.
    Raises:
        ValueError: there is no such input, or it is 0 in all examples.
    """
    hit = torch.rand(len(targets), 1, generator=generator) < rate
    draws = torch.randn(targets.shape, generator=generator)
    inputs = torch.cat([((chunk.to(mean.dtype) - mean) / std).flatten(1) for chunk in x.split(CHUNK)])
    u = (_principal(inputs) if input is None else _named(inputs, input)).abs()
    if not u.any():
        raise ValueError(f"noise_type.input={'null' if input is None else input}: it is 0 in all training examples")
    return torch.where(hit, targets + size * (u / u.mean())[:, None] * draws, targets)


def _named(inputs: Tensor, number: int) -> Tensor:
    if number >= inputs.shape[1]:
        raise ValueError(f"noise_type.input={number}: must be within 0 to {inputs.shape[1] - 1}")
    return inputs[:, number]


def _principal(inputs: Tensor) -> Tensor:
    """(N,) the places of inputs (N, P) along their first principal component, around their mean; its sign is open."""
    centred = inputs.double() - inputs.double().mean(0)
    return (centred @ torch.linalg.eigh(centred.mT @ centred).eigenvectors[:, -1]).to(inputs.dtype)
