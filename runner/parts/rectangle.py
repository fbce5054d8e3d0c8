"""Which pixels lie in a rectangle; of methods and augmentations that cover a part of an image."""

import torch
from torch import Tensor


def rectangle(size: tuple[int, int], first: Tensor, end: Tensor) -> Tensor:
    """Which pixels of an image of `size` (H, W) lie in a rectangle, (..., H, W) bool. What is outside is cut off.

    Args:
        first: (..., 2) its first row and column.
        end: (..., 2) the row and column after its last; where they are no larger than the first, it is empty.

    >>> rectangle((2, 3), torch.tensor([0, 1]), torch.tensor([1, 3])).int()
    tensor([[0, 1, 1],
            [0, 0, 0]], dtype=torch.int32)
    """
    rows, columns = (
        (place >= first[..., i, None]) & (place < end[..., i, None])
        for i, place in enumerate(torch.arange(side, device=first.device) for side in size)
    )
    return rows[..., :, None] & columns[..., None, :]
