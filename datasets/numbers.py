"""Vectors with real targets: how they are scaled, and which inputs are missing."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split
from torch import Tensor

from datasets.split import Split


class Parts(NamedTuple):
    """Inputs (N, D) and targets (N, T) for training, and the same for testing, all float32."""

    x: Tensor
    y: Tensor
    test_x: Tensor
    test_y: Tensor


def first(x: NDArray[np.float64], y: NDArray[np.float64], num_train: int) -> Parts:
    """The first examples for training and the others for testing: x (N + M, D), y (N + M,)."""
    inputs, targets = torch.from_numpy(x).float(), torch.from_numpy(y).float()[:, None]
    return Parts(inputs[:num_train], targets[:num_train], inputs[num_train:], targets[num_train:])


def drawn(x: NDArray[np.float64], y: NDArray[np.float64], test_size: int) -> tuple[Parts, Tensor]:
    """`test_size` examples for testing, the same for every seed, by scikit-learn's train_test_split with random_state
    0; and the places of the others in x (N + M, D)."""
    train, test = train_test_split(np.arange(len(x)), test_size=test_size, random_state=0)
    order = np.concatenate([train, test])
    return first(x[order], y[order], len(train)), torch.from_numpy(train)


def split_of(
    parts: Parts,
    *,
    missing: float,
    task: str,
    source_index: Tensor | None = None,
    optimum: Mapping[str, float] | None = None,
) -> Split:
    """With the mean and deviation of each training input.

    Args:
        parts: the examples.
        missing: share of the cells of inputs that are missing, in [0, 1), for training and testing. Each cell is, by
            its own chance and the same for every seed; a larger share takes the same cells and more. A missing cell is
            the training mean of its input, and so 0 after normalisation.
        task: what is asked.
        source_index: (N,) as of Split.
        optimum: as of Split; it is not known where cells are missing.
    """
    mean, std = parts.x.mean(0), parts.x.std(0, correction=0)
    draw = torch.Generator().manual_seed(0)
    x, test_x = (
        torch.where(torch.rand(part.shape, generator=draw) < missing, mean, part) for part in (parts.x, parts.test_x)
    )
    return Split(
        x, parts.y, test_x, parts.test_y, (), mean, std.where(std > 0, 1.0), task=task, source_index=source_index,
        source_size=None if source_index is None else len(x) + len(test_x), optimum=({} if missing else optimum) or {},
    )  # fmt: skip
