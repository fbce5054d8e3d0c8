"""Pairs of vectors with heavy tails, a Student distribution of both: made up, with known mutual information."""

import math
from typing import Annotated, Literal

import numpy as np
import torch
from torch import Tensor

from datasets.pairs._pairs import split_of
from datasets.pairs.gaussian import correlated, rho_of
from datasets.split import Split


def student(
    *,
    dim: Annotated[int, "[1, 10000]"],
    mi: Annotated[float, "[0, inf)"],
    df: Annotated[float, "(0, inf)"],
    num_train: Annotated[int, "[2, inf)"],
    num_test: Annotated[int, "[2, inf)"],
    task: Literal["mutual_information"],
) -> Split:
    """Pairs (N, 2, dim) of correlated Gaussians, both halves divided by one root of a chi-squared number over df.

    The common divisor alone tells one half something of the other: pairs without correlation have `shared` nats, and I
    is that plus the information of the Gaussians.

    Source: Czyz et al., "Beyond Normal: On the Evaluation of Mutual Information Estimators", NeurIPS 2023,
    arXiv:2306.11078, after Arellano-Valle, Contreras-Reyes and Genton, 2013.

    Args:
        dim: numbers of a half.
        mi: I, in nats, at least `shared`.
        df: degrees of freedom; tails are the heavier the fewer.
        num_train: N.
        num_test: M.
        task: what is asked.
    Raises:
        ValueError: mi is below what such pairs have without any correlation, or as `gaussian` does.
    """
    least = shared(dim, df)
    if mi < least:
        raise ValueError(f"mi={mi:g}: must be at least {least:.4g}, which pairs of df={df:g} have without correlation")
    draw = torch.Generator().manual_seed(0)
    first, second, _ = correlated(num_train + num_test, dim, mi - least, draw)
    scale = torch.from_numpy(np.random.default_rng(0).chisquare(df, len(first)) / df).rsqrt()[:, None]
    first, second = first * scale, second * scale
    return split_of([first, second], _density(first, second, mi - least, df), num_train, mi, task)


def shared(dim: int, df: float) -> float:
    """The information, in nats, of two halves of `dim` numbers each without correlation.

    >>> round(shared(1, 1.0), 4), round(shared(1, 1e6), 4)
    (0.2242, 0.0)
    """

    def part(size: float) -> float:
        half = torch.tensor(size / 2, dtype=torch.float64)
        return (half.lgamma() - half * half.digamma()).item()

    return part(df) + part(df + 2 * dim) - 2 * part(df + dim)


def _density(first: Tensor, second: Tensor, mi: float, df: float) -> Tensor:
    """log p(x, y) / p(x) p(y) of halves (N, dim), whose Gaussians have this information."""
    dim = first.shape[1]
    rho, left = rho_of(mi, dim), math.exp(-2 * mi / dim)
    one, other = first.square().sum(1), second.square().sum(1)
    both = one + (second - rho * first).square().sum(1) / left
    constant = math.lgamma((df + 2 * dim) / 2) + math.lgamma(df / 2) - 2 * math.lgamma((df + dim) / 2)
    tails = (df + dim) * (one.div(df).log1p() + other.div(df).log1p()) - (df + 2 * dim) * both.div(df).log1p()
    return mi + constant + tails / 2
