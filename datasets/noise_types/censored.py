"""Censored targets: what is beyond a limit is recorded as the limit."""

from typing import Annotated, Literal

import torch
from torch import Generator, Tensor


def censored(
    targets: Tensor,
    rate: float,
    generator: Generator,
    *,
    quantile: Annotated[float, "(0, 1)"],
    side: Literal["above", "below"],
) -> Tensor:
    """With probability `rate` and independently, an example is recorded with a limit: a target beyond it becomes it.

    The limit of each of the D targets is a quantile of its clean training targets, by linear interpolation between
    neighbours. Nothing says which targets were cut. The share of examples that change is about rate * (1 - quantile)
    above, and rate * quantile below.

    Args:
        targets: (N, D) numbers.
        rate: in [0, 1], the share of examples that are recorded so.
        generator: the stream to draw from; a larger rate cuts the same targets and more.
        quantile: level of the limit, in (0, 1).
        side: what is cut: targets "above" the limit, or "below" it.
    Returns:
        (N, D) given targets.

    >>> targets = torch.tensor([[0.0], [1.0], [2.0]])
    >>> censored(targets, 1.0, torch.Generator().manual_seed(0), quantile=0.5, side="above").flatten()
    tensor([0., 1., 1.])
    """
    hit = torch.rand(len(targets), 1, generator=generator) < rate
    limit = targets.quantile(quantile, 0)
    return torch.where(hit, targets.clamp(max=limit) if side == "above" else targets.clamp(min=limit), targets)
