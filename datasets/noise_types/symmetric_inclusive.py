"""Symmetric label noise that may redraw the true class."""

import torch
from torch import Generator, Tensor


def symmetric_inclusive(labels: Tensor, num_classes: int, rate: float, generator: Generator) -> Tensor:
    """The labels of int(rate * N) random examples are drawn anew from all K classes, the true one included.

    So only rate * (K - 1) / K of all labels are wrong: at K = 10 and a rate of 0.6, 54% instead of 60%. Results on it
    are not comparable with those on `symmetric`.

    Source: the generators of ELR (repository shengliu66/ELR), GJS (ErikEnglesson/GJS), DivideMix and similar papers.

    Args:
        labels: (N,) int64 classes; only their number matters.
        num_classes: K.
        rate: in [0, 1], the share of labels that are redrawn.
        generator: the stream to draw from; a larger rate redraws the same examples and more.
    Returns:
        (N,) int64 given labels.

    >>> given = symmetric_inclusive(torch.zeros(1000, dtype=torch.int64), 2, 1.0, torch.Generator().manual_seed(0))
    >>> 450 < given.sum().item() < 550
    True
    """
    redrawn = torch.randperm(len(labels), generator=generator) < int(rate * len(labels) + 1e-9)
    return torch.where(redrawn, torch.randint(num_classes, labels.shape, generator=generator), labels)
