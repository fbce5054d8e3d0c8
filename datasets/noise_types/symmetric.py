"""Symmetric label noise: any other class, each as likely."""

import torch
from torch import Generator, Tensor


def symmetric(labels: Tensor, num_classes: int, rate: float, generator: Generator) -> Tensor:
    """Each label becomes, with probability `rate` and independently, one of the other K - 1 classes.

    The true class is never drawn, so that `rate` is the expected share of wrong labels; generators that may redraw it
    reach only rate * (K - 1) / K (see symmetric_inclusive).

    Args:
        labels: (N,) int64 classes.
        num_classes: K, at least 2.
        rate: in [0, 1].
        generator: the stream to draw from; each example takes two numbers from it, whatever the rate, so that a
            larger rate flips the same examples and more.
    Returns:
        (N,) int64 given labels.

    >>> symmetric(torch.zeros(6, dtype=torch.int64), 3, 1.0, torch.Generator().manual_seed(0))
    tensor([2, 2, 2, 2, 2, 1])
    """
    flipped = torch.rand(len(labels), generator=generator) < rate
    return torch.where(flipped, another(labels, num_classes, generator), labels)


def another(labels: Tensor, num_classes: int, generator: Generator) -> Tensor:
    """(N,) for each label one of the other classes, each as likely."""
    return (labels + torch.randint(1, num_classes, labels.shape, generator=generator)) % num_classes
