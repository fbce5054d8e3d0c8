"""Generalized cross-entropy of two choices."""

import torch
import torch.nn.functional as F
from torch import Tensor


def truncated(logit: Tensor, q: float | Tensor) -> Tensor:
    """(B,) (1 - p^q) / q of p = sigmoid(logit)."""
    return -torch.expm1(q * F.logsigmoid(logit)) / q
