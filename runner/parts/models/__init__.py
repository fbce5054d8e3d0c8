"""Networks, one a file: features(x) is (B, ...) -> (B, D), and forward(x) = head(features(x)) is (B, K).

features(x) is body(x), an nn.Sequential whose parts are the layers between which a method may look or reach in; the
first takes inputs, the last gives the features.

No bias before BatchNorm: its true gradient is zero, and adaptive optimizers turn the rounding noise there into steps.
"""

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
