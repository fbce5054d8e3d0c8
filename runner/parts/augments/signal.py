"""Signals, vectors of samples in their order, that are shifted, scaled, made noisy and masked."""

from collections.abc import Sequence
from typing import Annotated

import torch
from torch import Generator, Tensor

from runner.contracts.training import Augmentation
from runner.parts.augments.transformation import Transformation, transformed


class Signal(Augmentation):
    """Every vector is changed in its own way, every time that it is seen: shift, scale, noise, mask, in this order.

    What is said of a signal is of its normalised samples, so that noise is in deviations and a masked sample is the
    mean. A change that is left out draws nothing. A shift and a mask say that neighbours in the vector are neighbours
    in time: of the columns of a table they are to be 0.

    Args:
        input_shape: (D,) of one vector.
        mean, std: of the inputs as they are stored, broadcastable to (D,).
        shift: samples that a signal is moved by to either side at most, around its ends; 0: none.
        scale: s, the signal is multiplied by a number that is uniform in [1 - s, 1 + s]; 0: none.
        noise: deviation of the normal noise that is added to each sample; 0: none.
        mask: neighbouring samples that become 0, at most D, anywhere in the signal; 0: none.
    Raises:
        ValueError: the inputs are no vectors, or shift or mask is longer than these.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        mean: Tensor,
        std: Tensor,
        *,
        shift: Annotated[int, "[0, inf)"],
        scale: Annotated[float, "[0, 1)"],
        noise: Annotated[float, "[0, inf)"],
        mask: Annotated[int, "[0, inf)"],
    ):
        if len(input_shape) != 1:
            raise ValueError(
                f"signal is for vectors; this data set has inputs of shape {tuple(input_shape)}, use augment=standard"
            )
        self.mean, self.std = mean, std
        (size,) = input_shape
        for name, length in (("shift", shift), ("mask", mask)):
            if length > size:
                raise ValueError(f"{name}={length}: a vector has {size} samples; must be at most so many")
        self.transformations: list[Transformation] = []
        if shift:
            self.transformations.append(Shift(shift))
        if scale:
            self.transformations.append(Scale(scale))
        if noise:
            self.transformations.append(Noise(size, noise))
        if mask:
            self.transformations.append(Mask(size, mask))

    def __call__(self, x: Tensor, generators: Sequence[Generator]) -> Tensor:
        """Vectors (S, B, D) as stored, on any device, and S streams on the CPU -> vectors of the same shape."""
        z = (x - self.mean) / self.std
        for transformation in self.transformations:
            z = transformed(z, transformation, generators)
        return (z * self.std + self.mean).to(x.dtype)


class Shift:
    """Around the ends, by up to `most` samples to either side, all moves alike."""

    def __init__(self, most: int):
        self.most = most

    def draw(self, n: int, generator: Generator) -> Tensor:
        """(n,) int64: how far to the right."""
        return torch.randint(-self.most, self.most + 1, (n,), generator=generator)

    def __call__(self, x: Tensor, drawn: Tensor) -> Tensor:
        size = x.shape[1]
        return x.gather(1, (torch.arange(size, device=x.device) - drawn[:, None].to(x.device)) % size)


class Scale:
    """By a factor that is uniform in [1 - spread, 1 + spread]."""

    def __init__(self, spread: float):
        self.spread = spread

    def draw(self, n: int, generator: Generator) -> Tensor:
        """(n,) factors."""
        return 1 + self.spread * (2 * torch.rand(n, generator=generator) - 1)

    def __call__(self, x: Tensor, drawn: Tensor) -> Tensor:
        return x * drawn[:, None].to(x.device)


class Noise:
    """Normal, of each of `size` samples by itself."""

    def __init__(self, size: int, deviation: float):
        self.size, self.deviation = size, deviation

    def draw(self, n: int, generator: Generator) -> Tensor:
        """(n, size) what is added."""
        return self.deviation * torch.randn(n, self.size, generator=generator)

    def __call__(self, x: Tensor, drawn: Tensor) -> Tensor:
        return x + drawn.to(x.device)


class Mask:
    """`length` neighbours among `size` samples are 0, all places alike."""

    def __init__(self, size: int, length: int):
        self.size, self.length = size, length

    def draw(self, n: int, generator: Generator) -> Tensor:
        """(n,) int64: the first of them."""
        return torch.randint(self.size - self.length + 1, (n,), generator=generator)

    def __call__(self, x: Tensor, drawn: Tensor) -> Tensor:
        behind = torch.arange(self.size, device=x.device) - drawn[:, None].to(x.device)
        return x.masked_fill((behind >= 0) & (behind < self.length), 0.0)
