"""Symmetric label noise with an exact count of flips in every class."""

import torch
from torch import Generator, Tensor

from datasets.noise_types.symmetric import another
from datasets.within_class import share_of_each_class


def symmetric_exact(labels: Tensor, num_classes: int, rate: float, generator: Generator) -> Tensor:
    """Exactly int(rate * n_k) labels of each class k become one of the other K - 1 classes, each as likely.

    Source: the generator of Ma et al., "Normalized Loss Functions for Deep Learning with Noisy Labels", ICML 2020
    (repository HanxunH/Active-Passive-Losses), and of those who build on it; theirs counts n / K for n_k, which is the
    same for classes of equal size.

    Args:
        labels: (N,) int64 classes.
        num_classes: K, at least 2.
        rate: in [0, 1].
        generator: the stream to draw from; a larger rate flips the same examples and more.
    Returns:
        (N,) int64 given labels.

    >>> given = symmetric_exact(torch.arange(2).repeat_interleave(10), 2, 0.3, torch.Generator().manual_seed(0))
    >>> given[:10].sum().item(), given[10:].sum().item()
    (3, 7)
    """
    flipped = share_of_each_class(labels, rate, generator)
    return torch.where(flipped, another(labels, num_classes, generator), labels)
