"""Triples of Gaussian vectors, two parts of which are compared: made up, for interactions of three."""

from typing import Annotated, Literal

import torch
from torch import Tensor

from datasets.pairs._pairs import split_of
from datasets.split import Split

PARTS = {"x_y": [1], "x_z": [2], "x_yz": [1, 2]}  # what the second half has
SIGNS = {"x_y": 1, "x_z": 1, "x_yz": -1}  # of informations, in an O-information


def triples(
    *,
    dim: Annotated[int, "[1, 10000]"],
    system: Literal["redundant", "synergistic"],
    correlation: Annotated[float, "[0, 1)"],
    between: Literal["x_y", "x_z", "x_yz", "all"],
    num_train: Annotated[int, "[2, inf)"],
    num_test: Annotated[int, "[2, inf)"],
    task: Literal["mutual_information"],
) -> Split:
    """Pairs (N, 2, 2 dim): the first half is X and zeros, the second Y, Z or both, filled up with zeros. Or triples
    (N, 3, dim) of all three, of which the O-information is asked in place of an information.

    The O-information of three is Omega = I(X; Y) + I(X; Z) - I(X; Y, Z). It is positive where they say the same,
    negative where two together say what neither does. An estimate of it is made of three cells of pairs, or of one of
    triples.
    redundant: all three are correlated with each other. synergistic: Z is correlated with X and with Y, which are
    independent.

    Source: Rosas et al., "Quantifying high-order interdependencies via multivariate extensions of the mutual
    information", Physical Review E 2019; systems as in Bounoua, Franzese and Michiardi, "S-Omega-I", ICML 2024 (from
    memory, unconfirmed).

    Args:
        dim: independent triples of numbers side by side.
        system: redundant or synergistic.
        correlation: of each correlated pair of numbers.
        between: which two parts, x_y, x_z or x_yz; or all.
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
    if between == "all":
        densities = torch.stack([sign * _density(whole, cov, two) for two, sign in SIGNS.items()])
        return split_of(whole.unbind(2), densities.sum(0), num_train, dim * o_information(cov), task)
    halves = [_filled(half, dim) for half in (whole[..., :1], whole[..., PARTS[between]])]
    return split_of(halves, _density(whole, cov, between), num_train, dim * information(cov, between), task)


def covariance(system: str, correlation: float) -> Tensor:
    """(3, 3) of X, Y and Z."""
    pairs = torch.tensor([[0.0, 1, 1], [1, 0, 1], [1, 1, 0]], dtype=torch.float64)
    if system == "synergistic":
        pairs[0, 1] = pairs[1, 0] = 0
    return torch.eye(3, dtype=torch.float64) + correlation * pairs


def information(cov: Tensor, between: str) -> float:
    """Of one triple with this covariance (3, 3), in nats.

    >>> round(information(covariance("redundant", 0.5), "x_y"), 4)    # -log(1 - 0.5^2) / 2
    0.1438
    """
    kept = PARTS[between]
    both = [0, *kept]
    parts = cov[0, 0].log() + cov[kept][:, kept].logdet() - cov[both][:, both].logdet()
    return parts.item() / 2


def o_information(cov: Tensor) -> float:
    """Of one triple with this covariance (3, 3), in nats; positive where its parts say the same.

    >>> round(o_information(covariance("redundant", 0.5)), 4), round(o_information(covariance("synergistic", 0.6)), 4)
    (0.0849, -0.1902)
    """
    return sum(sign * information(cov, between) for between, sign in SIGNS.items())


def _density(whole: Tensor, cov: Tensor, between: str) -> Tensor:
    """Triples (N, dim, 3) -> (N,) log p(first, second) / p(first) p(second) of these two parts."""
    first, second = [0], PARTS[between]
    both, one, other = (_log_density(whole[..., kept], cov[kept][:, kept]) for kept in (first + second, first, second))
    return (both - one - other).sum(1)


def _log_density(z: Tensor, cov: Tensor) -> Tensor:
    """(..., n) of a Gaussian with this covariance (n, n) -> (...), without the constant of n."""
    return -((z @ cov.inverse()) * z).sum(-1) / 2 - cov.logdet() / 2


def _filled(half: Tensor, dim: int) -> Tensor:
    """(N, dim, n) -> (N, 2 dim), zeros last."""
    return torch.nn.functional.pad(half.mT.flatten(1), (0, 2 * dim - half.shape[1] * half.shape[2]))
