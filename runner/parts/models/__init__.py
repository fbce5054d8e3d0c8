"""Networks, one a file: a runner.contracts.model.Model."""

import torch
from torch import nn

from runner.parts.models.evaluating import evaluating


def shapes(body: nn.Sequential, input_shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Of one example's output of each part of a network's body; the last is (D,)."""
    found = []
    with torch.no_grad(), evaluating(body):
        x = torch.zeros(1, *input_shape)
        for part in body:
            x = part(x)
            found.append(tuple(x.shape[1:]))
    return found
