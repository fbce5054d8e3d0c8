"""The operations that policies of augmentation choose from, as torchvision's transforms.v2 has them."""

from collections.abc import Callable, Sequence
from importlib import import_module
from math import atan, degrees
from typing import Any

import torch
from torch import Tensor

Operation = Callable[[Tensor, float], Tensor]  # ((M, C, H, W), value) -> (M, C, H, W)
Change = Callable[[Tensor], Tensor]  # (M, C, H, W) -> (M, C, H, W)


def operations(interpolation: str = "nearest") -> dict[str, Operation]:
    """The fifteen operations by name, each of images and a value.

    The value is, of shears a slope; of translations whole pixels; of a rotation degrees, counter-clockwise; of
    brightness, color, contrast and sharpness what is added to the factor 1; of posterize the bits that stay; of
    solarize the share of white from which on colours are inverted. The others have none. Pixels are taken to be 0 for
    black to 255 for white. Of images with one channel, `color` leaves everything as it is.

    Args:
        interpolation: of shears, translations and rotations, "nearest" or "bilinear".
    """
    from datasets.vision import torchvision  # takes a second, so only where it is needed

    f = import_module(f"{torchvision.__name__}.transforms.v2.functional")  # torchvision alone does not import it

    def affine(x: Tensor, **changed: Any) -> Tensor:
        still = {"angle": 0.0, "translate": [0, 0], "scale": 1.0, "shear": [0.0, 0.0]}
        return f.affine(x, **still | changed, interpolation=mode)

    def angle(slope: float) -> float:
        return degrees(atan(slope))  # torchvision asks for an angle

    mode = torchvision.transforms.InterpolationMode(interpolation)
    return {
        "identity": lambda x, a: x,
        "shear_x": lambda x, a: affine(x, shear=[angle(a), 0.0], center=[0, 0]),
        "shear_y": lambda x, a: affine(x, shear=[0.0, angle(a)], center=[0, 0]),
        "translate_x": lambda x, a: affine(x, translate=[int(a), 0]),
        "translate_y": lambda x, a: affine(x, translate=[0, int(a)]),
        "rotate": lambda x, a: f.rotate(x, a, interpolation=mode),
        "brightness": lambda x, a: f.adjust_brightness(x, 1 + a),
        "color": lambda x, a: f.adjust_saturation(x, 1 + a),
        "contrast": lambda x, a: f.adjust_contrast(x, 1 + a),
        "sharpness": lambda x, a: f.adjust_sharpness(x, 1 + a),
        "posterize": lambda x, a: f.posterize(x, int(a)),
        "solarize": lambda x, a: f.solarize(x, 255 * a),
        "autocontrast": lambda x, a: f.autocontrast(x),
        "equalize": lambda x, a: f.equalize(x),
        "invert": lambda x, a: f.invert(x),
    }


def fixed(operation: Operation, value: float) -> Change:
    """The operation with this value."""
    return lambda x: operation(x, value)


def of_choice(x: Tensor, choice: Tensor, changes: Sequence[Change]) -> Tensor:
    """Each image changed as it chose; those that chose the same go through it together.

    Args:
        x: (M, C, H, W) uint8.
        choice: (M,) int64 on the CPU, which of the changes.
        changes: of several images, one by one.
    """
    order = choice.argsort()
    counts = choice.bincount(minlength=len(changes)).tolist()
    groups = zip(changes, x[order.to(x.device)].split(counts), strict=True)
    done = torch.cat([change(group) for change, group in groups if len(group)])
    return done[order.argsort().to(x.device)]


def coloured(channels: int, who: str, otherwise: str) -> None:
    """Raise ValueError where images have neither one channel nor three."""
    if channels not in (1, 3):
        raise ValueError(f"{who} needs images of 1 or 3 channels, not {channels}; {otherwise}")
