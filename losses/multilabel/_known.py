"""What is known of an example's labels."""

import torch
from torch import Tensor


def present(logits: Tensor, bits: Tensor) -> Tensor:
    """Bits (B, L) of 0 and 1 in the type of the logits; 0 where nothing is known."""
    return bits.clamp(min=0).to(logits.dtype)


def sum_of_known(losses: Tensor, bits: Tensor) -> Tensor:
    """Losses (B, L) of labels -> (B,) their sum over the labels that are known."""
    return torch.where(bits >= 0, losses, 0).sum(-1)


def mean_of_known(losses: Tensor, bits: Tensor) -> Tensor:
    """Losses (B, L) of labels -> (B,) their mean over the labels that are known; 0 where none is.

    >>> mean_of_known(torch.tensor([[1.0, 3.0, 8.0]]), torch.tensor([[1.0, 0.0, -1.0]]))
    tensor([2.])
    """
    return sum_of_known(losses, bits) / (bits >= 0).sum(-1).clamp(min=1)
