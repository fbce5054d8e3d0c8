"""Open-set noise: some inputs are of none of the classes, whatever their label says."""

from typing import Annotated, NamedTuple

import torch
from torch import Generator, Tensor

from datasets.split import Split


class Replaced(NamedTuple):
    """Labels that stay, on inputs that do not.

    Attributes:
        given: (N,) int64 given labels.
        outside: (N,) int64 which of `pool` stands in for the example's own input, -1 where none does.
        pool: (P, ...) the inputs to be had from outside.
    """

    given: Tensor
    outside: Tensor
    pool: Tensor


def open_set(
    labels: Tensor, rate: float, generator: Generator, x: Tensor, *, source: Annotated[Split, "dataset"]
) -> Replaced:
    """Each input becomes, with probability `rate` and independently, one of another data set; its label stays.

    Source: Wang et al., "Iterative Learning with Open-set Noisy Labels", CVPR 2018; CIFAR-100, SVHN or ImageNet inputs
    among CIFAR-10's are usual.

    Args:
        labels: (N,) int64 classes.
        rate: in [0, 1].
        generator: the stream to draw from; a larger rate replaces the same inputs and more.
        x: (N, ...) inputs.
        source: the other data set, whose training inputs are taken in a random order, again from its start if there
            are too few.
    Raises:
        ValueError: inputs of the other data set have another shape.
    """
    shape, theirs = tuple(x.shape[1:]), tuple(source.x.shape[1:])
    if theirs != shape or source.x.dtype != x.dtype:
        raise ValueError(f"noise_type.source has {source.x.dtype} inputs of shape {theirs}; must be {x.dtype}, {shape}")
    return Replaced(labels, replacements(len(labels), len(source.x), rate, generator), source.x)


def replacements(count: int, pool: int, rate: float, generator: Generator) -> Tensor:
    """(count,) int64: which of `pool` inputs from outside stands in for each example's own, -1 for none."""
    replaced = torch.rand(count, generator=generator) < rate
    order = torch.randperm(pool, generator=generator)
    return order[torch.arange(count) % pool].where(replaced, -1)
