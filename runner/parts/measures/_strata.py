"""A share of the examples, of which each class has its share."""

import torch
from torch import Tensor


def of_share(labels: Tensor, share: float, num_classes: int) -> Tensor:
    """(S, m) places of a share of the examples with labels (S, N), the first of each class, at least one where there is
    any.

    m is share * N rounded, and at least K as far as there are examples: every seed has as many, whatever labels it has.
    Of a class with n examples there are about share * n: as near as whole numbers whose sum is m come to it.

    >>> of_share(torch.tensor([[0, 0, 0, 0, 1, 0, 0, 1]]), 0.5, 2)    # three of six, one of two
    tensor([[0, 4, 1, 2]])
    """
    n = labels.shape[1]
    count = min(max(round(share * n), num_classes), n)
    member = torch.nn.functional.one_hot(labels, num_classes)
    rank = (member.cumsum(1) - 1).gather(2, labels[..., None])[..., 0]  # among those of its class
    size = member.sum(1).gather(1, labels)
    order = ((rank + 0.5) / size).masked_fill(rank == 0, 0.0).argsort(dim=1, stable=True)
    return order[:, :count]
