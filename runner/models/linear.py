"""Multinomial logistic regression."""

import math

from torch import Tensor, nn


class Linear(nn.Module):
    """One affine map of the flattened input; a convex problem for a convex loss.

    Args:
        input_shape: of one example, given by the runner.
        num_classes: K, given by the runner.
    """

    def __init__(self, input_shape: tuple[int, ...], num_classes: int):
        super().__init__()
        self.head = nn.Linear(math.prod(input_shape), num_classes)

    def features(self, x: Tensor) -> Tensor:
        return x.flatten(1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x))
