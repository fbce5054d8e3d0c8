"""Examples of one class or environment, taken in turn."""

import torch
from torch import Generator, Tensor


def runs(members: Tensor, count: int, length: int, generator: Generator) -> Tensor:
    """`count` runs of `length` of these places (n,): (count, length).

    The members pass by again and again, each time in a new order that is cut into runs; the rest of a pass, too short
    for a run, is left out. So a run holds no place twice, unless there are fewer members than it is long: then it holds
    all of them, as equally often as can be.

    >>> runs(torch.tensor([5, 7]), 3, 2, torch.Generator().manual_seed(0)).sort().values.tolist()
    [[5, 7], [5, 7], [5, 7]]
    """
    size = len(members)
    whole = max(size // length, 1)
    order = torch.rand(-(-count // whole), size, generator=generator).argsort(1)
    cut = order.repeat(1, -(-length // size))[:, : whole * length]
    return members[cut].view(-1, length)[:count]
