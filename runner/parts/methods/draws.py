"""Random numbers that several methods ask the loader for: each a function of (stream, B)."""

import torch
from scipy.special import betaincinv
from torch import Generator, Tensor

from runner.data.loader import Draw


def permutation(g: Generator, b: int) -> Tensor:
    """(B,) the places of a batch in another order."""
    return torch.randperm(b, generator=g)


def uniform(g: Generator, b: int) -> Tensor:
    """(B,) numbers in [0, 1)."""
    return torch.rand(b, generator=g)


def beta(alpha: float, *shape: int) -> Draw:
    """Numbers of this shape a batch, by default one (), from Beta(alpha, alpha), alpha positive.

    They are quantiles of float64. A ratio of gammas of float32 would be 1/2 where alpha is so small that both are 0.
    """

    return lambda g, b: _quantiles(alpha, shape, g)


def betas(alpha: float) -> Draw:
    """(B,) numbers, one an example, from Beta(alpha, alpha), alpha positive; see beta."""
    return lambda g, b: _quantiles(alpha, (b,), g)


def _quantiles(alpha: float, shape: tuple[int, ...], g: Generator) -> Tensor:
    uniform = torch.rand(shape, generator=g, dtype=torch.float64)
    return torch.as_tensor(betaincinv(alpha, alpha, uniform.numpy()), dtype=torch.float32)


def normals(*shape: int) -> Draw:
    """(B, *shape) numbers from the standard normal distribution."""
    return lambda g, b: torch.randn(b, *shape, generator=g)
