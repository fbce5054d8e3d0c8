"""A seed with a prediction of nothing, such as a nan, has no metric."""

from collections.abc import Mapping

import torch
from torch import Tensor


def where_known(values: Tensor, known: Tensor) -> Tensor:
    """Values (S, ...) of the seeds that are known (S,), nan of the others."""
    return values.where(known.view(-1, *[1] * (values.dim() - 1)), torch.nan)


def all_known(found: Mapping[str, Tensor], known: Tensor) -> dict[str, Tensor]:
    """Metrics (S, ...), each where_known."""
    return {name: where_known(values, known) for name, values in found.items()}
