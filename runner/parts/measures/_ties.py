"""Which numbers are the same but for rounding."""

import torch
import torch.nn.functional as F
from torch import Tensor

ROUNDINGS = 4  # a softmax that sums in another order is off by one or two


def ties(ordered: Tensor) -> tuple[Tensor, Tensor]:
    """Where the tie of each number begins and where it ends, (S, M) places each, for ascending numbers (S, M).

    A tie is a number and all that follow within four roundings of it: four units in the last place, counted for 1 where
    a number is smaller. The next number begins the next tie. So no tie is wider than that, however close all numbers
    are, and numbers that differ by rounding alone, with none else near, are always in one.

    >>> ties(torch.tensor([[0.1, 0.3, 0.1 + 0.2, 0.5]], dtype=torch.float64))
    (tensor([[0, 1, 1, 3]]), tensor([[1, 3, 3, 4]]))
    """
    m = ordered.shape[1]
    width = ROUNDINGS * torch.finfo(ordered.dtype).eps * ordered.abs().clamp(min=1)
    beyond = torch.searchsorted(ordered.contiguous(), ordered + width, right=True)
    jump = F.pad(beyond, (0, 1), value=m)
    begins = F.one_hot(torch.zeros(len(ordered), dtype=torch.int64, device=ordered.device), m + 1)
    for _ in range(m.bit_length()):  # what is reached from the first number in 1, 2, 4, ... jumps
        begins = begins.scatter_reduce(1, jump, begins, "amax")
        jump = jump.gather(1, jump)
    place = torch.arange(m, device=ordered.device)
    start = (begins[:, :m] * place).cummax(1).values
    return start, beyond.gather(1, start)
