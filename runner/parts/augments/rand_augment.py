"""RandAugment (Cubuk et al., "RandAugment: Practical Automated Data Augmentation with a Reduced Search Space", CVPR
workshops 2020), with the ranges of AutoAugment (Cubuk et al., CVPR 2019) as torchvision's transforms.v2 has them."""

from collections.abc import Callable
from importlib import import_module
from math import atan, degrees
from typing import Any

import torch
from torch import Generator, Tensor

STEPS = 30  # the magnitude that is a whole range

Operation = Callable[[Tensor, float], Tensor]  # ((M, C, H, W), share of the range in [-1, 1]) -> (M, C, H, W)


class RandAugment:
    """Each image gets `num_ops` operations, one after another, each any of the fourteen with equal probability.

    A batch of torchvision's RandAugment shares its operations; here every image draws its own, and those that drew the
    same one go through it together. Pixels are taken to be 0 for black to 255 for white. Of images with one channel,
    `color` leaves everything as it is.

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
        if channels not in (1, 3):
            raise ValueError(f"RandAugment needs images of 1 or 3 channels, not {channels}; num_ops=0 leaves it out")
        self.num_ops = num_ops
        level = magnitude / STEPS
        self.choices = [(run, a) for run in operations(height, width).values() for a in (level, -level)]

    def draw(self, n: int, generator: Generator) -> Tensor:
        """(n, num_ops) int64: which operation, and with which sign."""
        return torch.randint(len(self.choices), (n, self.num_ops), generator=generator)

    def __call__(self, x: Tensor, drawn: Tensor) -> Tensor:
        for choice in drawn.unbind(1):
            order = choice.argsort()
            counts = choice.bincount(minlength=len(self.choices)).tolist()
            groups = zip(self.choices, x[order.to(x.device)].split(counts), strict=True)
            done = torch.cat([run(group, a) for (run, a), group in groups if len(group)])
            x = done[order.argsort().to(x.device)]
        return x


def operations(height: int, width: int) -> dict[str, Operation]:
    """The fourteen operations by name, for images of this size. Those without a direction ignore the sign."""
    from datasets.vision import torchvision  # takes a second, so only where it is needed

    f = import_module(f"{torchvision.__name__}.transforms.v2.functional")  # torchvision alone does not import it

    def affine(x: Tensor, **changed: Any) -> Tensor:
        return f.affine(x, **{"angle": 0.0, "translate": [0, 0], "scale": 1.0, "shear": [0.0, 0.0]} | changed)

    def shear(a: float) -> float:
        return degrees(atan(0.3 * a))  # the paper's 0.3 is a slope, torchvision asks for an angle

    return {
        "identity": lambda x, a: x,
        "shear_x": lambda x, a: affine(x, shear=[shear(a), 0.0], center=[0, 0]),
        "shear_y": lambda x, a: affine(x, shear=[0.0, shear(a)], center=[0, 0]),
        "translate_x": lambda x, a: affine(x, translate=[int(a * 150 / 331 * width), 0]),  # 150 of ImageNet's 331
        "translate_y": lambda x, a: affine(x, translate=[0, int(a * 150 / 331 * height)]),
        "rotate": lambda x, a: f.rotate(x, 30 * a),
        "brightness": lambda x, a: f.adjust_brightness(x, 1 + 0.9 * a),
        "color": lambda x, a: f.adjust_saturation(x, 1 + 0.9 * a),
        "contrast": lambda x, a: f.adjust_contrast(x, 1 + 0.9 * a),
        "sharpness": lambda x, a: f.adjust_sharpness(x, 1 + 0.9 * a),
        "posterize": lambda x, a: f.posterize(x, round(8 - 4 * abs(a))),  # bits that stay
        "solarize": lambda x, a: f.solarize(x, 255 * (1 - abs(a))),
        "autocontrast": lambda x, a: f.autocontrast(x),
        "equalize": lambda x, a: f.equalize(x),
    }
