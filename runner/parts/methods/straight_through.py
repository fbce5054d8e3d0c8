"""Choices that are made, and differentiated as if they were not."""

import torch
from torch import Tensor


def hardest(probabilities: Tensor) -> Tensor:
    """Probabilities (..., W) -> (..., W), 1 of the largest and 0 of the others, with the gradient of the probabilities
    (Bengio et al., 2013, arXiv:1308.3432)."""
    chosen = torch.nn.functional.one_hot(probabilities.argmax(-1), probabilities.shape[-1]).to(probabilities.dtype)
    return chosen + (probabilities - probabilities.detach())
