"""One random change of many inputs at once, and an augmentation that makes it after another."""

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Generator, Tensor

from runner.contracts.training import Augmentation


class Transformation(Protocol):
    """One random change of many inputs at once."""

    def draw(self, n: int, generator: Generator) -> Tensor:
        """The random numbers of n inputs, (n, ...), on the CPU."""

    def __call__(self, x: Tensor, drawn: Tensor) -> Tensor:
        """Images (M, C, H, W) uint8 or vectors (M, D), and their draws (M, ...) on the CPU -> new ones."""


class Then(Augmentation):
    """An augmentation, and then one transformation more.

    Args:
        base: what comes first.
        transformation: what comes then.
    """

    def __init__(self, base: Augmentation, transformation: Transformation):
        self.base = base
        self.transformation = transformation

    def __call__(self, x: Tensor, generators: Sequence[Generator]) -> Tensor:
        return transformed(self.base(x, generators), self.transformation, generators)


def transformed(x: Tensor, transformation: Transformation, generators: Sequence[Generator]) -> Tensor:
    """Inputs (S, B, ...), each changed as its seed's stream says -> inputs of the same shape."""
    drawn = torch.cat([transformation.draw(x.shape[1], generator) for generator in generators])
    return transformation(x.flatten(0, 1), drawn).unflatten(0, x.shape[:2])


def image_shape(input_shape: tuple[int, ...]) -> tuple[int, int, int]:
    """(C, H, W). Raises ValueError for inputs that are no images."""
    if len(input_shape) != 3:
        use = "signal or none" if len(input_shape) == 1 else "none"
        raise ValueError(
            f"augment is for images; this data set has inputs of shape {tuple(input_shape)}, use augment={use}"
        )
    channels, height, width = input_shape
    return channels, height, width
