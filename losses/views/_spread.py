"""How far apart the embeddings of a batch are."""

import torch
from torch import Tensor


def squares(z: Tensor) -> Tensor:
    """(B, B) squared Euclidean distances of embeddings (B, D).

    >>> squares(torch.tensor([[0.0, 0.0], [3.0, 4.0]]))
    tensor([[ 0., 25.],
            [25.,  0.]])
    """
    length = z.square().sum(1)
    return length[:, None] + length - 2 * z @ z.mT


def uniformity(z: Tensor, sharpness: float) -> Tensor:
    """() log of the mean over pairs of different rows of exp(-sharpness |z_i - z_j|^2), of embeddings (B, D); 0 where
    all are alike.

    >>> uniformity(torch.tensor([[1.0, 0.0], [-1.0, 0.0]]), 0.5)
    tensor(-2.)
    """
    b = len(z)
    itself = torch.eye(b, dtype=torch.bool, device=z.device)
    exponents = (-sharpness * squares(z)).masked_fill(itself, -torch.inf)
    return exponents.flatten().logsumexp(0) - torch.tensor(b * (b - 1), dtype=z.dtype, device=z.device).log()
