"""RandAugment (Cubuk et al., "RandAugment: Practical Automated Data Augmentation with a Reduced Search Space", CVPR
workshops 2020), with the ranges of AutoAugment (Cubuk et al., CVPR 2019) as torchvision's transforms.v2 has them."""

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from runner.parts.augments.operations import coloured, fixed, of_choice, operations

STEPS = 30  # the magnitude that is a whole range


class RandAugment:
    """Each image gets `num_ops` operations, one after another, each any of the fourteen with equal probability.

    A batch of torchvision's RandAugment shares its operations; here every image draws its own.

    Args:
        channels: C, 1 or 3.
        height: H.
        width: W.
        num_ops: operations an image; the paper's and torchvision's usual 2.
        magnitude: 0 to 30, the same for all of them; torchvision's 9.
    Raises:
        ValueError: for other numbers of channels.
    """

    def __init__(self, channels: int, height: int, width: int, num_ops: int, magnitude: int):
        coloured(channels, "RandAugment", "num_ops=0 leaves it out")
        self.num_ops = num_ops
        level, known = magnitude / STEPS, operations()
        self.choices = [
            fixed(known[name], value(a)) for name, value in ranges(height, width).items() for a in (level, -level)
        ]

    def draw(self, n: int, generator: Generator) -> Tensor:
        """(n, num_ops) int64: which operation, and with which sign."""
        return torch.randint(len(self.choices), (n, self.num_ops), generator=generator)

    def __call__(self, x: Tensor, drawn: Tensor) -> Tensor:
        for choice in drawn.unbind(1):
            x = of_choice(x, choice, self.choices)
        return x


def ranges(height: int, width: int) -> dict[str, Callable[[float], float]]:
    """The value of each of the fourteen operations, for a share of its range in [-1, 1], for images of this size.

    Those without a direction ignore the sign.
    """
    return {
        "identity": lambda a: 0,
        "shear_x": lambda a: 0.3 * a,
        "shear_y": lambda a: 0.3 * a,
        "translate_x": lambda a: a * 150 / 331 * width,  # 150 of ImageNet's 331
        "translate_y": lambda a: a * 150 / 331 * height,
        "rotate": lambda a: 30 * a,
        "brightness": lambda a: 0.9 * a,
        "color": lambda a: 0.9 * a,
        "contrast": lambda a: 0.9 * a,
        "sharpness": lambda a: 0.9 * a,
        "posterize": lambda a: round(8 - 4 * abs(a)),
        "solarize": lambda a: 1 - abs(a),
        "autocontrast": lambda a: 0,
        "equalize": lambda a: 0,
    }
