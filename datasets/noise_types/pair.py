"""Pair flips: each class is mistaken for the next one."""

import torch
from torch import Generator, Tensor


def pair(labels: Tensor, num_classes: int, rate: float, generator: Generator) -> Tensor:
    """Each label k becomes, with probability `rate` and independently, k + 1 (and K - 1 becomes 0).

    From a rate of 0.5 on the next class is as frequent under a label as the true one, and nothing can be learnt
    without knowing so.

    Source: Han et al., "Co-teaching", NeurIPS 2018 (repository bhanML/Co-teaching, noisify_pairflip).

    Args:
        labels: (N,) int64 classes.
        num_classes: K.
        rate: in [0, 1].
        generator: the stream to draw from; a larger rate flips the same examples and more.
    Returns:
        (N,) int64 given labels.

    >>> pair(torch.arange(3), 3, 1.0, torch.Generator().manual_seed(0))
    tensor([1, 2, 0])
    """
    flipped = torch.rand(len(labels), generator=generator) < rate
    return torch.where(flipped, (labels + 1) % num_classes, labels)
