"""scikit-learn's handwritten digits, split anew for each seed."""

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from datasets.digits import digits as bundled

HALF = 898  # any part: both are put together again
PIXEL = 16.0  # the largest
Part = tuple[Tensor, Tensor]  # (N, 64) between 0 and 1, and labels (N,)


def digits(draws: Generator, train_size: int, classes: int = 10) -> tuple[Part, Part]:
    """So many images for training, and all others, of the first so many classes."""
    kept = bundled(test_size=HALF, mean=0.0, std=1.0)
    x = torch.cat([kept.x, kept.test_x]).flatten(1).double() / PIXEL
    y = torch.cat([kept.y, kept.test_y])
    among = np.flatnonzero(y.numpy() < classes)
    train, test = np.split(draws.permutation(among), [train_size])
    return (x[train], y[train]), (x[test], y[test])
