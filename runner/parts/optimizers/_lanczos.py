"""Eigenpairs of symmetric matrices that are known by their products alone, one matrix a seed."""

from collections.abc import Callable

import torch
from torch import Tensor

ZERO = 1e-10  # of the largest number of the recursion so far: what is left of a vector is rounding


def eigenpairs(
    product: Callable[[Tensor], Tensor], drawn: Callable[[int], Tensor], order: int
) -> tuple[Tensor, Tensor]:
    """Values (S, order), ascending, and vectors (S, order, d) of length 1, after `order` products (Lanczos, 1950).

    Every vector of the recursion is made orthogonal to all before it, twice. Where nothing is left of one, a random
    vector takes its place, so with as many products as the matrix has rows all pairs are exact, of a matrix with equal
    eigenvalues too.

    Args:
        product: of the matrix (S, d, d) with vectors (S, d).
        drawn: gives random vectors (S, d) of a number, float64.
        order: at most d.
    """
    left = torch.zeros_like(drawn(0))
    basis = left.new_zeros(left.shape[0], 0, left.shape[1])
    inner, outer, largest = [], [], left.new_zeros(len(left))
    for i in range(order):
        left = _orthogonal(left, basis)
        fresh = _orthogonal(drawn(i), basis)
        length = left.norm(dim=1)
        over = length <= ZERO * largest
        newest = torch.where(over[:, None], fresh / fresh.norm(dim=1)[:, None], left / length[:, None])
        outer.append(length.masked_fill(over, 0.0))
        left = product(newest)
        inner.append((newest * left).sum(1))
        largest = torch.stack([largest, length, inner[-1].abs()]).amax(0)
        basis = torch.cat([basis, newest[:, None]], 1)
    beside = torch.stack(outer[1:], 1) if order > 1 else left.new_zeros(len(left), 0)
    tridiagonal = torch.stack(inner, 1).diag_embed() + beside.diag_embed(1) + beside.diag_embed(-1)
    values, shares = torch.linalg.eigh(tridiagonal.nan_to_num(0.0, 0.0, 0.0))  # which raises for what is not finite
    return values, shares.mT @ basis


def _orthogonal(vectors: Tensor, basis: Tensor) -> Tensor:
    """Vectors (S, d) without what they have of an orthonormal basis (S, m, d)."""
    for _ in range(2):
        vectors = vectors - (basis.mT @ (basis @ vectors[..., None]))[..., 0]
    return vectors
