"""Exchanged targets: some examples have the target of another one."""

import torch
from torch import Generator, Tensor


def shuffled(targets: Tensor, rate: float, generator: Generator) -> Tensor:
    """With probability `rate` and independently an example is chosen, and the chosen ones pass on their targets: in a
    random order each gets those of the next one, and the last those of the first.

    So the given targets are the true ones in another order, and no chosen example keeps its own, unless it is the only
    one. For targets this is what symmetric noise is for classes: what is given says nothing about the input.

    Args:
        targets: (N, D) numbers.
        rate: in [0, 1].
        generator: the stream to draw from; a larger rate chooses the same examples and more.
    Returns:
        (N, D) given targets.

    >>> shuffled(torch.tensor([[1.0], [2.0]]), 1.0, torch.Generator().manual_seed(0))
    tensor([[2.],
            [1.]])
    """
    hit = torch.rand(len(targets), generator=generator) < rate
    order = torch.randperm(len(targets), generator=generator)
    chosen = order[hit[order]]
    given = targets.clone()
    given[chosen] = targets[chosen.roll(-1)]
    return given
