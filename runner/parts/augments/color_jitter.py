"""Colour jitter, as torchvision's ColorJitter has it; SimCLR's (Chen et al., "A Simple Framework for Contrastive
Learning of Visual Representations", ICML 2020) is 0.4, 0.4, 0.4 and 0.1 on CIFAR at strength 0.5."""

from importlib import import_module
from typing import Annotated

import torch
from torch import Generator, Tensor

from runner.contracts.training import Augmentation
from runner.parts.augments.operations import coloured
from runner.parts.augments.transformation import Then, image_shape


class ColorJitter(Then):
    """Another augmentation, and then random brightness, contrast, saturation and hue, in random order.

    Args:
        input_shape: (C, H, W) of one image; hue and saturation leave one channel as it is.
        brightness, contrast, saturation: b; the factor is uniform in [max(0, 1 - b), 1 + b]. 0: as it is.
        hue: h, at most 0.5; the colour is turned by a share of the circle that is uniform in [-h, h]. 0: as it is.
        base: what comes first.
    Raises:
        ValueError: the inputs are not images of 1 or 3 channels.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        *,
        brightness: Annotated[float, "[0, 10]"],
        contrast: Annotated[float, "[0, 10]"],
        saturation: Annotated[float, "[0, 10]"],
        hue: Annotated[float, "[0, 0.5]"],
        base: Annotated[Augmentation, "augment"],
    ):
        channels, _, _ = image_shape(input_shape)
        coloured(channels, "colour jitter", "use augment=standard")
        spans = [(max(0.0, 1 - b), 1 + b) for b in (brightness, contrast, saturation)]
        super().__init__(base, Jitter([*spans, (-hue, hue)]))


class Jitter:
    """Four changes of colour, one after another, an image's own strengths in its own order.

    Args:
        spans: the least and the largest factor of brightness, contrast and saturation, and turn of hue.
    """

    def __init__(self, spans: list[tuple[float, float]]):
        from datasets.vision import torchvision  # takes a second, so only where it is needed

        f = import_module(f"{torchvision.__name__}.transforms.v2.functional")
        self.changes = (f.adjust_brightness, f.adjust_contrast, f.adjust_saturation, f.adjust_hue)
        self.spans = torch.tensor(spans, dtype=torch.float64)

    def draw(self, n: int, generator: Generator) -> Tensor:
        """(n, 8) float64: the order of the four, and their strengths."""
        order = torch.rand(n, 4, generator=generator).argsort(1)
        low, high = self.spans.unbind(1)
        return torch.cat([order, low + (high - low) * torch.rand(n, 4, generator=generator, dtype=torch.float64)], 1)

    def __call__(self, x: Tensor, drawn: Tensor) -> Tensor:
        return torch.stack([self._one(image, numbers) for image, numbers in zip(x, drawn.tolist(), strict=True)])

    def _one(self, image: Tensor, numbers: list[float]) -> Tensor:
        """An image (C, H, W): strengths are numbers of torchvision's functions, so each goes through them alone."""
        for i in map(int, numbers[:4]):
            low, high = self.spans[i].tolist()
            if low < high:
                image = self.changes[i](image, numbers[4 + i])
        return image
