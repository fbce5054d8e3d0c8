"""Street View House Numbers: 73,257 training and 26,032 test images of 32x32 in colour, and 531,131 easier ones."""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
from torch import Tensor

from datasets.split import Split


def svhn(
    data_root: str,
    download: bool,
    *,
    extra: bool,
    mean: list[float],
    std: list[Annotated[float, "(0, inf)"]],
) -> Split:
    """The digit in the middle of each image, x (N, 3, 32, 32) bytes, from the .mat files where torchvision keeps them:
    train_32x32.mat, test_32x32.mat and extra_32x32.mat in data_root.

    Source: Netzer et al., "Reading Digits in Natural Images with Unsupervised Feature Learning", NIPS workshop, 2011.

    Args:
        extra: put the 531,131 extra images after the training images.
        mean: three numbers, subtracted from red, green and blue, in units of white = 1.
        std: three numbers, which then divide them.
    Raises:
        FileNotFoundError: no files there, or damaged ones, and none downloaded.
        ValueError: `mean` or `std` is not three numbers.
    """
    from datasets.vision import fetch, scale, torchvision

    parts = ("train", "test", "extra") if extra else ("train", "test")

    files = [Path(data_root, f"{part}_32x32.mat") for part in parts]

    def each(allowed: bool) -> list[Any]:
        return [torchvision.datasets.SVHN(data_root, split=part, download=allowed) for part in parts]

    scales = scale(mean, std)
    train, test, *more = (_tensors(part) for part in fetch(each, data_root, files, download))
    x, y = (torch.cat(tensors) for tensors in zip(train, *more, strict=True))
    return Split(x, y, *test, tuple(str(k) for k in range(10)), *scales)


def _tensors(part: Any) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(np.ascontiguousarray(part.data)), torch.from_numpy(part.labels)
