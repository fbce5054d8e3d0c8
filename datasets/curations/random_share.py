"""A random share of the training examples: what selections are compared with."""

from typing import Annotated

import torch
from torch import Generator, Tensor

from datasets.curations.curated import Curated, number_of


def random_share(x: Tensor, generator: Generator, *, share: Annotated[float, "(0, 1]"]) -> Curated:
    """Each subset of this size is as probable as any other.

    Args:
        x: (N, ...) inputs.
        generator: the stream to draw from.
        share: of the examples that are kept.
    """
    order = torch.randperm(len(x), generator=generator)
    return Curated(kept=order[: number_of(share, len(x))].sort().values)
