"""Pairs of correlated Gaussian vectors: made up, with as much mutual information as one likes."""

import math
from collections.abc import Callable
from typing import Annotated, Literal

import torch
from torch import Tensor

from datasets.pairs._pairs import split_of
from datasets.split import Split

MOST = 10.0  # nats of a number: the noise is then 5e-5 of it
Map = Literal["none", "cubic", "half_cube", "asinh"]


def gaussian(
    *,
    dim: Annotated[int, "[1, 10000]"],
    mi: Annotated[float, "[0, inf)"],
    mapped: Map,
    num_train: Annotated[int, "[2, inf)"],
    num_test: Annotated[int, "[2, inf)"],
    task: Literal["mutual_information"],
) -> Split:
    """Pairs (N, 2, dim): number k of one half is correlated with number k of the other, and with nothing else.

    The correlation rho is the same for all, I = -dim / 2 log(1 - rho^2) nats. An invertible map of each half by itself
    changes neither the information nor the density of a pair.

    Source: Belghazi et al., "Mutual Information Neural Estimation", ICML 2018; the cubes are those of Poole et al.,
    ICML 2019, the other maps those of Czyz et al., "Beyond Normal: On the Evaluation of Mutual Information Estimators",
    NeurIPS 2023, arXiv:2306.11078.

    Args:
        dim: numbers of a half.
        mi: I, in nats.
        mapped: none; cubic, y^3 of the second half; half_cube, the sign times |z|^(3/2) of both; asinh of both, which
            shortens tails.
        num_train: N. 256,000 are 4,000 batches of 64, each pair seen once.
        num_test: M.
        task: what is asked.
    Raises:
        ValueError: halves are so alike that float32 cannot tell them apart.
    """
    draw = torch.Generator().manual_seed(0)
    first, second, density = correlated(num_train + num_test, dim, mi, draw)
    one, other = MAPS[mapped]
    return split_of([one(first), other(second)], density, num_train, mi, task)


def rho_of(mi: float, dim: int) -> float:
    """The correlation with which `dim` independent pairs of numbers have this information, in nats.

    >>> round(rho_of(2.0, 20), 6), rho_of(0.0, 20)
    (0.425757, 0.0)
    """
    return math.sqrt(-math.expm1(-2 * mi / dim))


def correlated(count: int, dim: int, mi: float, draw: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Halves (count, dim) of standard Gaussians with this information, in float64, and the density (count,) in nats.

    Raises:
        ValueError: as `gaussian` does.
    """
    if mi > MOST * dim:
        raise ValueError(f"mi={mi:g}: must be at most {MOST * dim:g} nats for {dim} numbers, {MOST:g} each")
    first, noise = torch.randn(2, count, dim, generator=draw, dtype=torch.float64)
    rho, left = rho_of(mi, dim), math.exp(-2 * mi / dim)  # 1 - rho^2
    second = rho * first + math.sqrt(left) * noise
    density = mi - _squares(second - rho * first) / (2 * left) + _squares(second) / 2
    return first, second, density


def _squares(z: Tensor) -> Tensor:
    return z.square().sum(1)


def _same(z: Tensor) -> Tensor:
    return z


def _half_cube(z: Tensor) -> Tensor:
    return z * z.abs().sqrt()


MAPS: dict[str, tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]] = {
    "none": (_same, _same),
    "cubic": (_same, lambda z: z**3),
    "half_cube": (_half_cube, _half_cube),
    "asinh": (torch.asinh, torch.asinh),
}
