"""What methods with a critic of pairs share: the halves of an input, and blocks of pairs."""

import torch
import torch.nn.functional as F
from torch import Tensor


def halves(x: Tensor) -> tuple[Tensor, Tensor]:
    """Pairs (M, 2, ...) -> the same shape twice: with the first half alone, and with the second alone, zeros for the
    other.

    >>> first, second = halves(torch.tensor([[[1.0], [2.0]]]))
    >>> first.tolist(), second.tolist()
    ([[[1.0], [0.0]]], [[[0.0], [2.0]]])
    """
    nothing = torch.zeros_like(x[:, :1])
    return torch.cat([x[:, :1], nothing], 1), torch.cat([nothing, x[:, 1:]], 1)


def in_blocks(rows: Tensor, size: int) -> Tensor:
    """Rows (M, ...) -> (n, size, ...), n blocks that follow each other; what the last one lacks is nan."""
    lacking = -len(rows) % size
    filled = F.pad(rows.flatten(1), (0, 0, 0, lacking), value=torch.nan)
    return filled.view(-1, size, *rows.shape[1:])
