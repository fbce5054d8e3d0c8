"""Triples of Gaussian vectors, two parts of which are compared: made up, for interactions of three."""

from typing import Annotated, Literal

import torch
from torch import Tensor

from datasets.pairs._pairs import split_of
from datasets.split import Split

PARTS = {"x_y": [1], "x_z": [2], "x_yz": [1, 2]}  # what the second half has


def triples(
    *,
    dim: Annotated[int, "[1, 10000]"],
    system: Literal["redundant", "synergistic"],
    correlation: Annotated[float, "[0, 1)"],
    between: Literal["x_y", "x_z", "x_yz"],
    num_train: Annotated[int, "[2, inf)"],
    num_test: Annotated[int, "[2, inf)"],
    task: Literal["mutual_information"],
) -> Split:
    """Pairs (N, 2, 2 dim): the first half is X and zeros, the second Y, Z or both, filled up with zeros.

    The O-information of three is Omega = I(X; Y) + I(X; Z) - I(X; Y, Z). It is positive where they say the same,
    negative where two together say what neither does. An estimate of it is made of three cells, one for each `between`.
    redundant: all three are correlated with each other. synergistic: Z is correlated with X and with Y, which are
    independent.

    Source: Rosas et al., "Quantifying high-order interdependencies via multivariate extensions of the mutual
    information", Physical Review E 2019; systems as in Bounoua, Franzese and Michiardi, "S-Omega-I", ICML 2024 (from
    memory, unconfirmed).

    Args:
        dim: independent triples of numbers side by side.
        system: redundant or synergistic.
        correlation: of each correlated pair of numbers.
        between: which two parts: x_y, x_z or x_yz.
        num_train: N.
        num_test: M.
        task: what is asked.
    Raises:
        ValueError: three numbers cannot be so.
    """
    cov = covariance(system, correlation)
    if torch.linalg.eigvalsh(cov)[0] < 1e-6:
        raise ValueError(f"correlation={correlation:g}: must be below 0.7071 of a synergistic system")
    draw = torch.Generator().manual_seed(0)
    root = torch.linalg.cholesky(cov)
    whole = torch.randn(num_train + num_test, dim, 3, generator=draw, dtype=torch.float64) @ root.T
    kept = [0, *PARTS[between]]
    part, its = whole[..., kept], cov[kept][:, kept]
    density = (_log_density(part, its) - _log_density(part[..., :1], its[:1, :1])).sum(1)
    density = density - _log_density(part[..., 1:], its[1:, 1:]).sum(1)
    first, second = (_filled(half, dim) for half in (part[..., :1], part[..., 1:]))
    return split_of(first, second, density, num_train, dim * information(cov, between), task)


def covariance(system: str, correlation: float) -> Tensor:
    """(3, 3) of X, Y and Z."""
    pairs = torch.tensor([[0.0, 1, 1], [1, 0, 1], [1, 1, 0]], dtype=torch.float64)
    if system == "synergistic":
        pairs[0, 1] = pairs[1, 0] = 0
    return torch.eye(3, dtype=torch.float64) + correlation * pairs


def information(cov: Tensor, between: str) -> float:
    """Of one triple with this covariance (3, 3), in nats.

    >>> cov = covariance("redundant", 0.5)
    >>> round(information(cov, "x_y") + information(cov, "x_z") - information(cov, "x_yz"), 4)
    0.0849
    """
    kept = PARTS[between]
    both = [0, *kept]
    parts = cov[0, 0].log() + cov[kept][:, kept].logdet() - cov[both][:, both].logdet()
    return parts.item() / 2


def _log_density(z: Tensor, cov: Tensor) -> Tensor:
    """(..., n) of a Gaussian with this covariance (n, n) -> (...), without the constant of n."""
    return -((z @ cov.inverse()) * z).sum(-1) / 2 - cov.logdet() / 2


def _filled(half: Tensor, dim: int) -> Tensor:
    """(N, dim, n) -> (N, 2 dim), zeros last."""
    return torch.nn.functional.pad(half.mT.flatten(1), (0, 2 * dim - half.shape[1] * half.shape[2]))
