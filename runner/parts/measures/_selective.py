"""Predictors that answer for the examples that they are most confident of, and leave the others out."""

import torch
import torch.nn.functional as F
from torch import Tensor

from runner.parts.measures._ties import ties


def risks(confidence: Tensor, wrong: Tensor) -> Tensor:
    """(S, M) the error rate among the n most confident predictions, n = 1..M: each (S, M).

    Predictions of one confidence, but for rounding (_ties.py), count as if in a random order: it is the mean over all
    of theirs.

    >>> risks(torch.tensor([[0.9, 0.6, 0.6]]), torch.tensor([[False, True, False]]))
    tensor([[0.0000, 0.2500, 0.3333]], dtype=torch.float64)
    """
    ordered, place = (-confidence).sort(dim=1)
    start, end = ties(ordered)
    errors = F.pad(wrong.gather(1, place).double().cumsum(1), (1, 0))  # among the first n, n = 0..M
    tied = (errors.gather(1, end) - errors.gather(1, start)) / (end - start)
    return tied.cumsum(1) / torch.arange(1, wrong.shape[1] + 1, device=wrong.device)
