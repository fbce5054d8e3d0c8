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

    return lambda g, b: _quantiles(alpha, alpha, shape, g)


def betas(alpha: float) -> Draw:
    """(B,) numbers, one an example, from Beta(alpha, alpha), alpha positive; see beta."""
    return lambda g, b: _quantiles(alpha, alpha, (b,), g)


def dirichlet(alpha: float, count: int) -> Draw:
    """(count,) numbers a batch, at least 0 with sum 1, from the symmetric Dirichlet distribution, alpha positive.

    Each takes its part of what those before it have left, from Beta(alpha, alpha * how many come after it); see beta.
    """

    def draw(g: Generator, b: int) -> Tensor:
        left, found = torch.ones(()), []
        for after in range(count - 1, 0, -1):
            found.append(left * _quantiles(alpha, alpha * after, (), g))
            left = left - found[-1]
        return torch.stack([*found, left])

    return draw


def _quantiles(alpha: float, other: float, shape: tuple[int, ...], g: Generator) -> Tensor:
    """Of Beta(alpha, other)."""
    uniform = torch.rand(shape, generator=g, dtype=torch.float64)
    return torch.as_tensor(betaincinv(alpha, other, uniform.numpy()), dtype=torch.float32)


def normals(*shape: int) -> Draw:
    """(B, *shape) numbers from the standard normal distribution."""
    return lambda g, b: torch.randn(b, *shape, generator=g)
