"""The examples of a data set of classes, dealt to environments in turn."""

import torch
from torch import Tensor

from datasets.split import Split, together


def dealt(source: Split, environments: int) -> tuple[Split, Tensor]:
    """All examples of the source, those for testing too, as training examples, in a new order that is the same for
    every seed; and the environment (N,) of each: the first is of 0, the second of 1, and so on.

    An example is of one environment alone, as in DomainBed.

    Args:
        source: of classes.
        environments: E.
    Raises:
        ValueError: the source has environments or wrong labels of its own, or fewer examples than environments.
    """
    check_plain(source)
    x, y, numbers = together(source)
    if len(y) < environments:
        raise ValueError(f"source: has {len(y)} examples, too few for {environments} environments")
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(0))
    whole = source._replace(
        x=x[order],
        y=y[order],
        source_index=numbers[order],
        source_size=int(numbers.max()) + 1,
        source_names=None,
        optimum={},
    )
    return whole, torch.arange(len(y)) % environments


def check_plain(source: Split) -> None:
    """Raise ValueError for a source that has environments or wrong labels of its own."""
    if source.domain is not None or source.given is not None:
        raise ValueError("source: has environments or wrong labels of its own; must be of plain classes")
