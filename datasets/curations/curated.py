"""What a curation gives, and inputs as it looks at them."""

from typing import NamedTuple

import torch
from torch import Tensor

CHUNK = 4096  # examples at a time


class Curated(NamedTuple):
    """What became of the N training examples of a seed; None where nothing did.

    Attributes:
        kept: (n,) int64 the places of those that are left, in ascending order. n is the same for every seed.
        x: (N, ...) their inputs, as stored, in place of the data set's.
        mask: (...) bool of the shape of an input: the numbers that are seen. The others are their training mean, for
            validation and test examples too.
    """

    kept: Tensor | None = None
    x: Tensor | None = None
    mask: Tensor | None = None


def flat(x: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """(N, D) float32 normalised inputs. Raises ValueError for inputs that are no quantities."""
    if not (x.is_floating_point() or x.dtype is torch.uint8):
        raise ValueError("curation: is for inputs that are quantities, these are symbols; use curation=none")
    return torch.cat([((part.float() - mean) / std).flatten(1) for part in x.split(CHUNK)])


def number_of(share: float, count: int) -> int:
    """How many examples a share is, at least 1."""
    return max(1, round(share * count))
