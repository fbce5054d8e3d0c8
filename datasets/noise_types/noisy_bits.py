"""Wrong labels of several: some that an example has are not given, and some that it has not are."""

import torch
from torch import Generator, Tensor


def noisy_bits(bits: Tensor, rate: float, generator: Generator) -> Tensor:
    """Each label of each example is flipped, with probability `rate` and independently: present becomes absent, and
    absent present. Where few labels are present, most flips make one present that is not.

    Args:
        bits: (N, L) 1 for a label that is present, 0 for one that is absent, -1 for one that is not known, which stays.
        rate: in [0, 1]; from 0.5 on a label that is given is more often absent than present.
        generator: the stream to draw from; a larger rate flips the same labels and more.
    Returns:
        (N, L) float32 given bits.

    >>> noisy_bits(torch.tensor([[0.0, 1.0, -1.0]]), 1.0, torch.Generator().manual_seed(0))
    tensor([[ 1.,  0., -1.]])
    """
    flipped = (torch.rand(bits.shape, generator=generator) < rate) & (bits >= 0)
    return torch.where(flipped, 1 - bits, bits)
