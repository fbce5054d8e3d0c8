"""Which noise transition matrix a correction uses."""

import torch
from torch import Tensor


def chosen(realised: Tensor, matrix: list[list[float]] | None) -> Tensor:
    """(K, K) in float64: the matrix of a YAML, or the realised one if the YAML has none.

    Raises:
        ValueError: not K rows of K shares that sum to one.
    """
    if matrix is None:
        return realised.double()
    size = len(realised)
    if [len(row) for row in matrix] != [size] * size:
        raise ValueError(f"matrix: must have {size} rows of {size} numbers, one for each class")
    shares = torch.tensor(matrix, dtype=torch.float64)
    if (shares < 0).any():
        raise ValueError("matrix: shares cannot be negative")
    if ((shares.sum(1) - 1).abs() > 1e-6).any():
        raise ValueError(f"matrix: each row must sum to one; they sum to {shares.sum(1).tolist()}")
    return shares
