"""Gaussian blobs, one a class: made up, in milliseconds, for tests and first tries."""

from typing import Annotated

import torch

from datasets.split import Split


def blobs(
    *,
    num_train: Annotated[int, "[1, inf)"],
    num_test: Annotated[int, "[1, inf)"],
    num_classes: Annotated[int, "[2, inf)"],
    dim: Annotated[int, "[1, inf)"],
    distance: Annotated[float, "[0, inf)"],
) -> Split:
    """Unit-variance normal clouds around centres that are themselves normal with standard deviation `distance`.

    Args:
        num_train: N; classes take turns, so that they differ by at most one example.
        num_test: M.
        num_classes: K.
        dim: D.
        distance: how far apart the centres lie; 0 makes the classes indistinguishable.
    """
    draw = torch.Generator().manual_seed(0)
    centres = distance * torch.randn(num_classes, dim, generator=draw)
    y = torch.arange(num_train + num_test) % num_classes
    x = centres[y] + torch.randn(len(y), dim, generator=draw)
    names = tuple(f"blob {k}" for k in range(num_classes))
    one = torch.ones(1)
    return Split(x[:num_train], y[:num_train], x[num_train:], y[num_train:], names, 0 * one, one)
