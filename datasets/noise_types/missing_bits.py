"""Missing labels: of some it is not known whether an example has them."""

import torch
from torch import Generator, Tensor


def missing_bits(bits: Tensor, rate: float, generator: Generator) -> Tensor:
    """Each label of each example becomes unknown, with probability `rate` and independently, present or not.

    Args:
        bits: (N, L) 1 for a label that is present, 0 for one that is absent, -1 for one that is not known.
        rate: in [0, 1]; at 1 nothing is known.
        generator: the stream to draw from; a larger rate takes the same labels and more.
    Returns:
        (N, L) float32 given bits.

    >>> missing_bits(torch.tensor([[0.0, 1.0]]), 1.0, torch.Generator().manual_seed(0))
    tensor([[-1., -1.]])
    """
    return torch.where(torch.rand(bits.shape, generator=generator) < rate, -1.0, bits)
