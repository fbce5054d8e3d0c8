"""scikit-learn's bundled handwritten digits: 1,797 images of 8x8, ten classes, no download."""

from typing import Annotated

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from datasets.split import Split


def digits(
    *,
    test_size: Annotated[int, "[10, 1787]"],
    mean: float,
    std: Annotated[float, "(0, inf)"],
) -> Split:
    """Pixels are 0 to 16, kept as uint8 in (N, 1, 8, 8). The split is stratified by class and the same for every seed:
    scikit-learn's train_test_split with random_state 0.

    Source: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI, 1998 (its test part).

    Args:
        test_size: M; the other 1,797 - M images are for training.
        mean: subtracted from every pixel, in units of 0 to 16.
        std: then divides it.
    """
    x, y = load_digits(return_X_y=True)
    train, test = train_test_split(np.arange(len(y)), test_size=test_size, stratify=y, random_state=0)
    pixels = torch.from_numpy(x).to(torch.uint8).view(-1, 1, 8, 8)
    labels = torch.from_numpy(y).long()
    names = tuple(str(k) for k in range(10))
    scale = [torch.tensor(v).view(1, 1, 1) for v in (mean, std)]
    return Split(pixels[train], labels[train], pixels[test], labels[test], names, *scale)
