"""Means over scores (..., B, B) of a critic: entry i, j is that of the first half of pair i with the second of pair j.

The diagonal has pairs as they are drawn. The B (B - 1) other entries stand for independent halves.
"""

import math

import torch
from torch import Tensor


def of_pairs(scores: Tensor) -> Tensor:
    """(..., B, B) -> (...), the mean of the diagonal.

    >>> of_pairs(torch.tensor([[1.0, 5.0], [7.0, 3.0]]))
    tensor(2.)
    """
    return scores.diagonal(dim1=-2, dim2=-1).mean(-1)


def of_others(scores: Tensor) -> Tensor:
    """(..., B, B) -> (...), the mean of all but the diagonal.

    >>> of_others(torch.tensor([[1.0, 5.0], [7.0, 3.0]]))
    tensor(6.)
    """
    b = scores.shape[-1]
    return scores.masked_fill(_diagonal(scores), 0.0).sum((-2, -1)) / (b * (b - 1))


def log_of_others(scores: Tensor) -> Tensor:
    """(..., B, B) -> (...), the logarithm of the mean exponential of all but the diagonal.

    >>> log_of_others(torch.tensor([[9.0, 2.0], [2.0, 9.0]]))
    tensor(2.)
    """
    b = scores.shape[-1]
    return scores.masked_fill(_diagonal(scores), -math.inf).logsumexp((-2, -1)) - math.log(b * (b - 1))


def _diagonal(scores: Tensor) -> Tensor:
    return torch.eye(scores.shape[-1], dtype=torch.bool, device=scores.device)
