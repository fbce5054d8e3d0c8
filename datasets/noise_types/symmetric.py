"""Symmetric label noise: any other class, each as likely."""

import torch
from torch import Generator, Tensor


def symmetric(labels: Tensor, num_classes: int, rate: float, generator: Generator, x: Tensor) -> Tensor:
    """Each label becomes, with probability `rate` and independently, one of the other K - 1 classes.

    The true class is never drawn, so that `rate` is the expected share of wrong labels; generators that may redraw it
    reach only rate * (K - 1) / K.

    Args:
        labels: (N,) int64 true classes.
        num_classes: K, at least 2.
        rate: in [0, 1].
        generator: the stream to draw from; each example takes two numbers from it, whatever the rate, so that a
            larger rate flips the same examples and more.
        x: (N, ...) inputs, not looked at.
    Returns:
        (N,) int64 given labels.

    >>> symmetric(torch.zeros(6, dtype=torch.int64), 3, 1.0, torch.Generator().manual_seed(0), torch.empty(6))
    tensor([2, 2, 2, 2, 2, 1])
    """
    flipped = torch.rand(len(labels), generator=generator) < rate
    other = (labels + torch.randint(1, num_classes, labels.shape, generator=generator)) % num_classes
    return torch.where(flipped, other, labels)
