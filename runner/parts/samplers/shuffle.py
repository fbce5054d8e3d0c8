"""Every example once, in a new order."""

import torch
from torch import Generator, Tensor


def shuffle(labels: Tensor, generator: Generator) -> Tensor:
    """A permutation of the places of labels (N,), (N,) int64 on the CPU.

    >>> shuffle(torch.tensor([0, 0, 1]), torch.Generator().manual_seed(0)).sort().values.tolist()
    [0, 1, 2]
    """
    return torch.randperm(len(labels), generator=generator)
