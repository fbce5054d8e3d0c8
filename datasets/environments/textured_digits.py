"""Digits on a textured ground that mostly goes with their class in training, and not in testing."""

from typing import Annotated

import torch
from torch import Generator, Tensor

from datasets.colored_mnist import CLASSES, check_digits, scales
from datasets.split import Split


def textured_digits(
    *,
    source: Split,
    shortcut: Annotated[float, "[0, 1]"],
    test_shortcut: Annotated[float, "[0, 1]"],
    brightness: Annotated[float, "[0, 1]"],
) -> Split:
    """Digits 0 to 4 are class 0, 5 to 9 class 1. The ground has upright stripes (0) or level ones (1), two pixels wide
    and moved by a random number of pixels; a pixel is the brighter one of digit and ground. The ground is the class
    in `shortcut` of the training examples of each class, and in `test_shortcut` of the test examples; `domain` and
    `test_domain` are the ground, so class and ground make four groups.

    It is made as Waterbirds is (Sagawa et al., "Distributionally Robust Neural Networks for Group Shifts", ICLR 2020),
    of what is at hand: two classes on two grounds, 95% of the training examples of each class on their own ground, the
    test part half and half. There both classes are of different sizes, and validation is half and half as well.

    Args:
        source: grey digits.
        shortcut: share of the training examples of a class whose ground is the class's, rounded.
        test_shortcut: likewise of the test examples.
        brightness: of the ground, white = 1; 0 has none.
    Raises:
        ValueError: the source is not of grey digits.
    """
    check_digits(source)
    draw = torch.Generator().manual_seed(0)
    white = float(source.x.max())
    x, y, ground = _on_ground(source.x, source.y, shortcut, brightness * white, draw)
    test_x, test_y, test_ground = _on_ground(source.test_x, source.test_y, test_shortcut, brightness * white, draw)
    return Split(
        x, y, test_x, test_y, CLASSES, *scales(source),
        source_index=source.source_index, source_size=source.source_size, source_names=source.source_names,
        domain=ground, test_domain=test_ground,
    )  # fmt: skip


def _on_ground(
    images: Tensor, digits: Tensor, shortcut: float, white: float, draw: Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Images (N, 1, H, W) on a ground, classes (N,) and grounds (N,) of digits (N,)."""
    y = (digits >= 5).long()
    ground = y.clone()
    for k in range(2):
        members = (y == k).nonzero()[:, 0]
        other = members[torch.randperm(len(members), generator=draw)][round(shortcut * len(members)) :]
        ground[other] = 1 - k
    height, width = images.shape[-2:]
    move = torch.randint(4, (len(y), 1, 1), generator=draw)
    level = (torch.arange(height).view(1, -1, 1) + move) % 4 < 2
    upright = (torch.arange(width).view(1, 1, -1) + move) % 4 < 2
    striped = torch.where(
        ground.view(-1, 1, 1) == 1, level.expand(-1, height, width), upright.expand(-1, height, width)
    )
    return images.maximum((striped[:, None] * white).to(images.dtype)), y, ground
