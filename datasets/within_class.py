"""A random order within every class: what thinning, holding out and exact counts of flips are made of."""

import torch
from torch import Generator, Tensor


def rank_within_class(labels: Tensor, generator: Generator) -> Tensor:
    """(N,) each example's rank, from 0, in a random order of its class: those below n_k are n_k random ones of class k.

    Args:
        labels: (N,) int64 classes.
        generator: the stream to draw one permutation of all examples from.

    >>> rank_within_class(torch.tensor([0, 1, 0, 1, 0]), torch.Generator().manual_seed(0))
    tensor([1, 0, 2, 1, 0])
    """
    order = torch.randperm(len(labels), generator=generator)
    order = order[labels[order].argsort(stable=True)]  # class by class, each in a random order
    sizes = labels.bincount()
    starts = sizes.cumsum(0) - sizes
    ranks = torch.empty_like(order)
    ranks[order] = torch.arange(len(order)) - starts[labels[order]]
    return ranks


def share_of_each_class(labels: Tensor, share: float, generator: Generator) -> Tensor:
    """(N,) bool: int(share * n_k) random examples of each class; a larger share has the same ones and more."""
    # the small addition undoes float error where the product is a whole number: 0.29 * 100 is 29, not 28
    wanted = (share * labels.bincount().double() + 1e-9).long()
    return rank_within_class(labels, generator) < wanted[labels]
