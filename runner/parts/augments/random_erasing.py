"""Random erasing (Zhong et al., "Random Erasing Data Augmentation", AAAI 2020, arXiv:1708.04896)."""

from math import log
from typing import Annotated, Literal

import torch
from torch import Generator, Tensor

from runner.contracts.training import Augmentation
from runner.parts.augments.transformation import Then, image_shape
from runner.parts.rectangle import rectangle

TRIES = 10  # torchvision's; a rectangle that is too large is drawn again


class RandomErasing(Then):
    """Another augmentation, and then a rectangle of some images is erased.

    Args:
        input_shape: (C, H, W) of one image.
        probability: that an image has a rectangle; the paper's 0.5. 0: none.
        smallest, largest: its area, as a share of the image's, uniform between them; the paper's 0.02 and 0.4.
        aspect: its height over its width lies between this and 1 / aspect; the paper's 0.3.
        fill: "random", each number of it uniform in 0 to 255, the paper's best; or "black".
        base: what comes first.
    Raises:
        ValueError: the inputs are not images, or `smallest` is above `largest`.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        *,
        probability: Annotated[float, "[0, 1]"],
        smallest: Annotated[float, "[0, 1]"],
        largest: Annotated[float, "[0, 1]"],
        aspect: Annotated[float, "(0, 1]"],
        fill: Literal["random", "black"],
        base: Annotated[Augmentation, "augment"],
    ):
        if smallest > largest:
            raise ValueError(f"smallest={smallest}: must be at most largest={largest}")
        filled = image_shape(input_shape) if fill == "random" else None
        super().__init__(base, Erased(image_shape(input_shape)[1:], probability, (smallest, largest), aspect, filled))


class Erased:
    """One rectangle an image, anywhere in it, of an area and an aspect that are drawn.

    The logarithm of the aspect is uniform, as in torchvision. The released code draws the aspect itself uniformly, so
    that more rectangles are upright. One that does not fit, smaller than the image in both directions, is drawn again.

    Args:
        size: (H, W).
        probability: that there is one.
        areas: its smallest and largest share of the image.
        aspect: the smallest height over width.
        filled: (C, H, W), where random numbers come in; None for black.
    """

    def __init__(
        self,
        size: tuple[int, int],
        probability: float,
        areas: tuple[float, float],
        aspect: float,
        filled: tuple[int, int, int] | None,
    ):
        self.size, self.probability, self.areas, self.aspect = size, probability, areas, aspect
        self.filled = filled

    def draw(self, n: int, generator: Generator) -> Tensor:
        """(n, 4) int16: first row, first column, height and width, 0 for none; then, if filled, C * H * W numbers."""
        size, (smallest, largest) = torch.tensor(self.size), self.areas
        area, aspect = torch.rand(2, n, TRIES, generator=generator, dtype=torch.float64)
        area = (smallest + (largest - smallest) * area) * size.prod()
        aspect = (log(self.aspect) * (2 * aspect - 1)).exp()
        sides = torch.stack([area * aspect, area / aspect], -1).sqrt().round().long()  # (n, TRIES, 2)
        fits = (sides < size).all(-1)
        there = fits.any(1) & (torch.rand(n, generator=generator) < self.probability)
        sides = sides[torch.arange(n), fits.int().argmax(1)] * there[:, None]
        first = (torch.rand(n, 2, generator=generator, dtype=torch.float64) * (size - sides + 1)).long()
        drawn = torch.cat([first, sides], 1).short()
        if self.filled is None:
            return drawn
        numbers = torch.randint(256, (n, *self.filled), generator=generator, dtype=torch.int16)
        return torch.cat([drawn, numbers.flatten(1)], 1)

    def __call__(self, x: Tensor, drawn: Tensor) -> Tensor:
        drawn = drawn.to(x.device)
        first, sides = drawn[:, :2], drawn[:, 2:4]
        inside = rectangle(self.size, first, first + sides)[:, None]
        if self.filled is None:
            return x * ~inside
        return torch.where(inside, drawn[:, 4:].view_as(x).to(torch.uint8), x)
