"""Halves of pictures: which right half belongs to this left one?"""

from typing import Annotated, Literal

import torch
from torch import Tensor

from datasets.split import Split, check_images, moments


def halves(*, source: Split, gap: Annotated[int, "[0, 64]"], task: Literal["matching"]) -> Split:
    """Pairs (N, 2, D) float32 of the columns left and right of the middle; the target (N, D) is the right half again,
    as training sees it, of which noise_type=shuffled exchanges some.

    Args:
        source: images (N, C, H, W), another data set; of its classes nothing is told.
        gap: columns in the middle that neither half has; with an odd width one more.
        task: what is asked.
    Raises:
        ValueError: the source is not of images, or too narrow.
    """
    check_images(source)
    across = source.x.shape[3]
    width = (across - gap) // 2
    if width < 1:
        raise ValueError(f"gap={gap}: must be below {across - 1}, for images are {across} wide")
    mean, std = (number.mean() for number in moments(source.x))
    x, test_x = (_apart(images, width) for images in (source.x, source.test_x))
    y, test_y = ((pairs[:, 1] - mean) / std for pairs in (x, test_x))
    return Split(x, y, test_x, test_y, (), mean.view(1, 1), std.view(1, 1), task=task)


def _apart(images: Tensor, width: int) -> Tensor:
    """(N, C, H, W) -> (N, 2, C H width)."""
    return torch.stack([images[..., :width].flatten(1), images[..., -width:].flatten(1)], 1).float()
