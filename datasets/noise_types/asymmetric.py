"""Asymmetric label noise: similar classes are mistaken for each other, an exact count of each."""

from typing import Literal

import torch
from torch import Generator, Tensor

from datasets.noise_types._pairs import asked
from datasets.within_class import share_of_each_class


def asymmetric(
    labels: Tensor,
    rate: float,
    generator: Generator,
    classes: tuple[str, ...],
    *,
    pairs: Literal["published", "blocks"] | list[list[int]],
) -> Tensor:
    """Exactly int(rate * n_a) labels of each class a of a pair (a, b) become b, all chosen from the original labels.

    Classes without a pair keep their labels: at CIFAR-10's five pairs, 0.4 is 20% of all labels. Ma et al. draw
    MNIST's flips independently and CIFAR-10's in place (see asymmetric_sequential); the exact count from original
    labels is that of Ye et al., "Active Negative Loss Functions", NeurIPS 2023 (Virusdoll/Active-Negative-Loss).

    Args:
        labels: (N,) int64 classes.
        rate: in [0, 1], of each class that has a pair.
        generator: the stream to draw from; a larger rate flips the same examples and more.
        classes: K names.
        pairs: "published" finds those of MNIST (7>1, 2>7, 5<>6, 3>8), Fashion-MNIST (ankle boot > sneaker > sandal,
            pullover > shirt, coat <> dress), CIFAR-10 (truck > automobile, bird > airplane, cat <> dog, deer > horse)
            or CIFAR-100 (the next class of the superclass) by the names of the classes; "blocks" is the next of five
            consecutive classes, which the widely copied generator for CIFAR-100 uses in place of superclasses; a
            list holds pairs [a, b].
    Returns:
        (N,) int64 given labels.
    Raises:
        ValueError: there are no such pairs for these classes.

    >>> labels = torch.tensor([0, 0, 0, 0, 1, 1, 2, 2])
    >>> asymmetric(labels, 0.5, torch.Generator().manual_seed(0), ("cat", "dog", "frog"), pairs="published")
    tensor([1, 0, 0, 1, 0, 1, 2, 2])
    """
    becomes = torch.arange(len(classes))
    for source, target in asked(pairs, classes):
        becomes[source] = target
    return torch.where(share_of_each_class(labels, rate, generator), becomes[labels], labels)
