"""The trust ratio of layer-wise learning rates."""

import torch
from torch import Tensor


def trust(above: Tensor, below: Tensor) -> Tensor:
    """above / below, (S,) of norms, and 1 where either is 0.

    >>> trust(torch.tensor([3.0, 0.0, 3.0]), torch.tensor([2.0, 2.0, 0.0]))
    tensor([1.5000, 1.0000, 1.0000])
    """
    return (above / below).where((above > 0) & (below > 0), torch.ones_like(above))
