"""Crop, flip, rotation, RandAugment and cutout, in this order, each of which can be left out."""

from collections.abc import Sequence
from typing import Annotated

from torch import Generator, Tensor

from runner.contracts.training import Augmentation
from runner.parts.augments.cutout import Cutout
from runner.parts.augments.geometry import HorizontalFlip, RandomCrop, Rotation
from runner.parts.augments.rand_augment import RandAugment
from runner.parts.augments.transformation import Transformation, image_shape, transformed


class Augment(Augmentation):
    """Every image is changed in its own way, every time that it is seen.

    Padding 4 and flip 0.5 alone are what everybody trains CIFAR with (Lee et al., "Deeply-Supervised Nets", AISTATS
    2015; He et al., "Deep Residual Learning", CVPR 2016). A transformation that is left out draws nothing.

    Args:
        input_shape: (C, H, W) of one image.
        padding: black pixels added on each side, before a random crop to the old size; 0: no crop.
        flip: probability of a left-right flip; 0: none.
        degrees: the largest angle of a rotation to either side; 0: none. The noisy-label protocol of CIFAR-100 has 20
            (Ma et al., "Normalized Loss Functions for Deep Learning with Noisy Labels", ICML 2020, released code).
        num_ops: operations of RandAugment an image; 0: none.
        magnitude: how strong they are, of 30; see rand_augment.py.
        cutout: side of the hole as a share of the image's; 0: none.
    Raises:
        ValueError: the inputs are not images, or RandAugment is asked for where they have neither 1 nor 3 channels.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        *,
        padding: Annotated[int, "[0, 1000]"],
        flip: Annotated[float, "[0, 1]"],
        degrees: Annotated[float, "[0, 180]"],
        num_ops: Annotated[int, "[0, 100]"],
        magnitude: Annotated[int, "[0, 30]"],
        cutout: Annotated[float, "[0, 1]"],
    ):
        channels, height, width = image_shape(input_shape)
        self.transformations: list[Transformation] = []
        if padding:
            self.transformations.append(RandomCrop(padding))
        if flip:
            self.transformations.append(HorizontalFlip(flip))
        if degrees:
            self.transformations.append(Rotation(degrees))
        if num_ops:
            self.transformations.append(RandAugment(channels, height, width, num_ops, magnitude))
        if cutout:
            self.transformations.append(Cutout(height, width, cutout))

    def __call__(self, x: Tensor, generators: Sequence[Generator]) -> Tensor:
        """Images (S, B, C, H, W) uint8 on any device and S streams on the CPU -> images of the same shape."""
        for transformation in self.transformations:
            x = transformed(x, transformation, generators)
        return x
