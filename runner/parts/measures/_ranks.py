"""Ranks of numbers, of all seeds at once."""

import torch
from torch import Tensor


def ranks(values: Tensor) -> Tensor:
    """(..., M) -> the rank of each within its row, from 1; equal numbers share their mean rank.

    >>> ranks(torch.tensor([3.0, 1.0, 3.0]))
    tensor([2.5000, 1.0000, 2.5000])
    """
    values = values.contiguous()
    ordered = values.sort(-1).values
    below = torch.searchsorted(ordered, values, right=False)
    upto = torch.searchsorted(ordered, values, right=True)
    return (below + upto + 1) / 2


def auroc(score: Tensor, positive: Tensor) -> Tensor:
    """(S,) the area under the ROC curve of scores (S, M) as a detector of what is positive, (S, M) bool; ties half.

    >>> auroc(torch.tensor([[0.1, 0.4, 0.35, 0.8]]), torch.tensor([[False, False, True, True]]))
    tensor([0.7500], dtype=torch.float64)
    """
    p = positive.double().sum(1)
    u = (ranks(score).double() * positive).sum(1) - p * (p + 1) / 2
    return u / (p * (positive.shape[1] - p))
