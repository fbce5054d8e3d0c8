"""How embeddings (B, D) vary over a batch, as VICReg looks at it: see vicreg.py."""

from torch import Tensor

EPS = 1e-4
TARGET = 1.0  # the deviation that each number is to have


def narrow(z: Tensor) -> Tensor:
    """() how far deviations are below 1, the mean over numbers."""
    return (TARGET - (z.var(0) + EPS).sqrt()).relu().mean()


def correlated(z: Tensor) -> Tensor:
    """() the sum of the squared covariances of numbers, each with another, over D."""
    centred = z - z.mean(0)
    covariance = centred.mT @ centred / (len(z) - 1)
    return (covariance.square().sum() - covariance.diagonal().square().sum()) / z.shape[1]
