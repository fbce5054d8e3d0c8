"""scikit-learn's bundled handwritten digits: 1,797 images of 8x8, ten classes, no download."""

from typing import Annotated

import torch
from sklearn.datasets import load_digits

from datasets.holdout import holdout
from datasets.split import Split


def digits(
    *,
    test_size: Annotated[int, "[10, 1787]"],
    mean: float,
    std: Annotated[float, "(0, inf)"],
) -> Split:
    """Pixels are 0 to 16, kept as uint8 in (N, 1, 8, 8). The test images are those of holdout.py; an image's number
    (for label files) is its place in load_digits.

    Source: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI, 1998 (its test part).

    Args:
        test_size: M; the other 1,797 - M images are for training.
        mean: subtracted from every pixel, in units of 0 to 16.
        std: then divides it.
    """
    x, y = load_digits(return_X_y=True)
    pixels = torch.from_numpy(x).to(torch.uint8).view(-1, 1, 8, 8)
    labels = torch.from_numpy(y).long()
    names = tuple(str(k) for k in range(10))
    train, test = holdout(labels, test_size, names)
    centre, scale = (torch.tensor(v).view(1, 1, 1) for v in (mean, std))
    parts = pixels[train], labels[train], pixels[test], labels[test]
    return Split(*parts, names, centre, scale, source_index=train, source_size=len(labels))
