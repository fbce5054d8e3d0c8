"""Partial labels: a set of classes, the true one among them."""

from typing import NamedTuple

import torch
from torch import Generator, Tensor
from torch.nn.functional import one_hot


class Candidates(NamedTuple):
    """Attributes: given: (N, K) float32, 1 for each class that may be the label and 0 for the others."""

    given: Tensor


def candidates(labels: Tensor, num_classes: int, rate: float, generator: Generator) -> Candidates:
    """The label and, with probability `rate` and independently, each of the other K - 1 classes.

    Source: the uniform process of Lv et al., "Progressive Identification of True Labels for Partial-Label Learning",
    ICML 2020, arXiv:2002.08053, with flip probability q.

    Args:
        labels: (N,) int64 classes.
        num_classes: K.
        rate: q, in [0, 1].
        generator: the stream to draw from; a larger rate has the same candidates and more.

    >>> candidates(torch.tensor([1]), 3, 0.0, torch.Generator()).given
    tensor([[0., 1., 0.]])
    """
    drawn = torch.rand(len(labels), num_classes, generator=generator) < rate
    return Candidates((drawn | one_hot(labels, num_classes).bool()).float())
