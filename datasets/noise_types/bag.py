"""Aggregated labels: of a bag of examples only the counts of its labels are known, not which is whose."""

from typing import Annotated

import torch
from torch import Generator, Tensor


def bag(labels: Tensor, rate: float, generator: Generator, *, size: Annotated[int, "[2, inf)"]) -> Tensor:
    """Examples are put into random bags of `size`, and within a bag the labels are dealt out anew.

    Every bag keeps the counts of its labels, which is what learning from aggregate responses or label proportions
    has to go on; an example's given label is in expectation its bag's mean. A label stays by chance with a
    probability of 1 / size, or becomes an equal one.

    Source: the bags of Javanmard et al., "Learning from Aggregate Responses: Instance Level versus Bag Level Loss
    Functions", ICLR 2024, whose responses are real numbers; dealing class labels out anew is ours, as the paper has
    no classes.

    Args:
        labels: (N,) int64 classes.
        rate: in [0, 1], the share of bags whose labels are dealt out anew.
        generator: the stream to draw from; a larger rate deals out the same bags and more.
        size: examples a bag; the last one may be smaller.
    Returns:
        (N,) int64 given labels.

    >>> labels = torch.tensor([0, 1, 2, 3])
    >>> bag(labels, 1.0, torch.Generator().manual_seed(1), size=4).sort().values.equal(labels)
    True
    """
    order = torch.randperm(len(labels), generator=generator)
    number = torch.arange(len(labels)) // size
    place = torch.rand(len(labels), generator=generator, dtype=torch.float64)
    dealt = (number + place).argsort()  # within each bag a random order
    anew = torch.rand(len(labels), generator=generator)[number] < rate
    given = labels.clone()
    given[order] = torch.where(anew, labels[order][dealt], labels[order])
    return given
