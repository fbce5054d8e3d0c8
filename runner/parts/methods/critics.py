"""What methods of pairs share: the halves of an input, and blocks of pairs."""

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


def scores_of_blocks(one: Tensor, other: Tensor, size: int) -> Tensor:
    """Embeddings (M, D) of halves -> (M, size), each first half with the second halves of its block."""
    return (in_blocks(one, size) @ in_blocks(other, size).mT).flatten(0, 1)[: len(one)]


def of_blocks(values: Tensor, size: int) -> Tensor:
    """Values (M,) of pairs -> (M, size): each pair's on the diagonal of its block, 0 for the others.

    >>> of_blocks(torch.tensor([1.0, 2.0, 3.0]), 2)
    tensor([[1., 0.],
            [0., 2.],
            [3., 0.]])
    """
    diagonal = torch.eye(size, device=values.device, dtype=values.dtype)
    return values[:, None] * diagonal.repeat(-(-len(values) // size), 1)[: len(values)]


def check_parts(input_shape: tuple[int, ...], count: int) -> None:
    """Raise ValueError where an input has not this number of parts."""
    if input_shape[0] != count:
        raise ValueError(f"compares {count} parts of an input, and there are {input_shape[0]}")
