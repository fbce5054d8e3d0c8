"""From image files to pixels for training and testing, with their mean and deviation."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from datasets.image_cache import Form, cached, look_at
from datasets.split import moments


class Look(NamedTuple):
    """What images are brought to; see image_folder.

    Attributes:
        size: height and width; None takes images as they are.
        colour: "rgb" or "grey".
        bits: how many are used of 16 a channel.
        mean, std: of each channel, in units of white = 1; None computes them.
        unreadable: "refuse" or "skip".
    """

    size: int | None
    colour: str
    bits: int | None
    mean: list[float] | None
    std: list[float] | None
    unreadable: str


class Pixels(NamedTuple):
    """Images that are read from the disk as they are used.

    Attributes:
        x, test_x: (N, C, H, W) and (M, C, H, W) uint8.
        mean, std: (C, 1, 1), in units of x.
        kept, test_kept: which files could be read.
        said: what was left out, a line each.
    """

    x: Tensor
    test_x: Tensor
    mean: Tensor
    std: Tensor
    kept: list[bool]
    test_kept: list[bool]
    said: list[str]


def pixels(folder: Path, train: Sequence[Path], test: Sequence[Path], look: Look, data_root: str) -> Pixels:
    """Images of a folder, kept decoded in data_root/cache.

    Raises:
        ValueError: images cannot be read, or sizes differ.
    """
    files, n = [*train, *test], len(train)
    channels = {"rgb": 3, "grey": 1}[look.colour]
    sides = (look.size, look.size) if look.size else look_at(train)
    form = Form(channels, sides, exact=look.size is None, bits=look.bits)
    images, kept = cached(files, form, skip=look.unreadable == "skip", folder=Path(data_root, "cache"))
    said = []
    if lost := kept.count(False):
        said = [f"{folder}: {lost} images cannot be read and are left out, the first is {files[kept.index(False)]}"]
    read = sum(kept[:n])
    x, test_x = images[:read], images[read:]
    computed = moments(x) if look.mean is None or look.std is None else ()
    given = (_channels("mean", look.mean, channels), _channels("std", look.std, channels))
    mean, std = (own if own is not None else computed[i] for i, own in enumerate(given))
    return Pixels(x, test_x, mean, std, kept[:n], kept[n:], said)


def _channels(name: str, values: list[float] | None, channels: int) -> Tensor | None:
    if values is None:
        return None
    if len(values) != channels:
        raise ValueError(f"{name}={values}: must be {channels} numbers, one for each channel, or null")
    return 255 * torch.tensor(values).view(-1, 1, 1)
