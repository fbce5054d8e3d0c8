"""Isotonic regression without a branch."""

import torch
import torch.nn.functional as F
from torch import Tensor


def isotonic(values: Tensor) -> Tensor:
    """(n,) the non-decreasing numbers that are nearest, by squared distance, to values (n,).

    The i-th is the largest over a <= i of the smallest over b >= i of the mean of values a to b. Pooling adjacent
    violators finds the same in O(n) steps, one after the other; this takes O(n^2) operations at once.

    >>> isotonic(torch.tensor([1.0, 3.0, 2.0, 0.0, 4.0]))    # 3, 2 and 0 are pooled
    tensor([1.0000, 1.6667, 1.6667, 1.6667, 4.0000])
    """
    upto = F.pad(values.cumsum(0), (1, 0))
    place = torch.arange(len(values), device=values.device)
    length = place - place[:, None] + 1  # of the stretch from row a to column b
    means = (upto[1:] - upto[:-1, None]) / length.clamp(min=1)
    least = means.flip(1).cummin(1).values.flip(1)  # over b from the column on
    return least.masked_fill(length < 1, -torch.inf).amax(0)
