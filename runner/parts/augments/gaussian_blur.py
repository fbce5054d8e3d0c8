"""Gaussian blur of some images (Chen et al., "A Simple Framework for Contrastive Learning of Visual Representations",
ICML 2020: half of the images, a deviation in [0.1, 2] pixels, a kernel of a tenth of the image's side)."""

from importlib import import_module
from math import ceil
from typing import Annotated

import torch
from torch import Generator, Tensor

from runner.contracts.training import Augmentation
from runner.parts.augments.transformation import Then, image_shape


class GaussianBlur(Then):
    """Another augmentation, and then a blur by a normal density, with torchvision's gaussian_blur.

    Args:
        input_shape: (C, H, W) of one image.
        probability: that an image is blurred; the paper's 0.5. 0: none.
        least, most: the density's standard deviation in pixels is uniform between them; the paper's 0.1 and 2.
        share: side of the kernel as a share of the image's shorter side, rounded up to an odd number; the paper's 0.1.
        base: what comes first.
    Raises:
        ValueError: the inputs are not images, or `least` is above `most`.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        *,
        probability: Annotated[float, "[0, 1]"],
        least: Annotated[float, "(0, 100]"],
        most: Annotated[float, "(0, 100]"],
        share: Annotated[float, "(0, 1]"],
        base: Annotated[Augmentation, "augment"],
    ):
        if least > most:
            raise ValueError(f"least={least}: must be at most most={most}")
        _, height, width = image_shape(input_shape)
        super().__init__(base, Blur(side(min(height, width) * share), probability, (least, most)))


class Blur:
    """Images blurred by densities of their own.

    Args:
        size: side of the kernel, an odd number.
        probability: that an image is blurred.
        span: least and largest standard deviation, in pixels.
    """

    def __init__(self, size: int, probability: float, span: tuple[float, float]):
        from datasets.vision import torchvision  # takes a second, so only where it is needed

        self.blurred = import_module(f"{torchvision.__name__}.transforms.v2.functional").gaussian_blur
        self.size, self.probability, self.span = size, probability, span

    def draw(self, n: int, generator: Generator) -> Tensor:
        """(n,) float64 standard deviations, 0 where an image stays as it is."""
        there, where = torch.rand(2, n, generator=generator, dtype=torch.float64)
        low, high = self.span
        return (low + (high - low) * where) * (there < self.probability)

    def __call__(self, x: Tensor, drawn: Tensor) -> Tensor:
        made = [
            self.blurred(image, [self.size, self.size], [deviation, deviation]) if deviation else image
            for image, deviation in zip(x, drawn.tolist(), strict=True)
        ]
        return torch.stack(made)


def side(length: float) -> int:
    """The least odd whole number that is at least a length, and at least 3.

    >>> side(0.8), side(3.2), side(22.4)
    (3, 5, 23)
    """
    return max(3, ceil(length) // 2 * 2 + 1)
