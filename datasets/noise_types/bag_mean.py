"""Aggregate responses: of a bag of examples only the mean of their targets is known."""

from typing import Annotated

import torch
from torch import Generator, Tensor


def bag_mean(targets: Tensor, rate: float, generator: Generator, *, size: Annotated[int, "[2, inf)"]) -> Tensor:
    """Examples are put into random bags of `size`, and each member of a bag gets the mean of the bag's targets.

    A bag is chosen with probability `rate`, and independently; the others keep their targets. Bags stay the same
    throughout training. With rate = 1, loss=mse is the instance loss of the paper.

    Source: Javanmard et al., "Learning from Aggregate Responses: Instance Level versus Bag Level Loss Functions", ICLR
    2024.

    Args:
        targets: (N, D) numbers.
        rate: in [0, 1], the share of bags.
        generator: the stream to draw from; a larger rate chooses the same bags and more.
        size: examples a bag; the last one may be smaller.
    Returns:
        (N, D) given targets.

    >>> bag_mean(torch.tensor([[1.0], [3.0]]), 1.0, torch.Generator().manual_seed(0), size=2)
    tensor([[2.],
            [2.]])
    """
    order = torch.randperm(len(targets), generator=generator)
    number = torch.arange(len(targets)) // size
    chosen = torch.rand(len(targets), generator=generator)[number] < rate
    bags = targets[order].split(size)
    means = torch.cat([bag.mean(0, keepdim=True).expand_as(bag) for bag in bags])
    given = targets.clone()
    given[order] = torch.where(chosen[:, None], means, targets[order])
    return given
