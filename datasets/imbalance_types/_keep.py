"""So many random examples of each class."""

from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from datasets.within_class import rank_within_class


def keep(labels: Tensor, wanted: Sequence[int], why: str, generator: Generator) -> Tensor:
    """Ascending places of `wanted[k]` random examples of each class k, or of all that it has.

    Raises:
        ValueError: a class would be left without an example; `why` begins the message.
    """
    if min(wanted) < 1:
        raise ValueError(f"{why} leaves class {list(wanted).index(min(wanted))} without an example")
    return (rank_within_class(labels, generator) < torch.tensor(wanted)[labels]).nonzero()[:, 0]


def thinned(largest: int, ratio: float) -> int:
    """int(largest / ratio), but for float error where that is a whole number."""
    return int(largest / ratio + 1e-9)
