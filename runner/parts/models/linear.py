"""Multinomial logistic regression."""

import math

from torch import nn

from runner.contracts.model import Model
from runner.parts.models.heads import Head, make_head


class Linear(Model):
    """One affine map of the flattened input; a convex problem for a convex loss.

    Args:
        input_shape: of one example, given by the runner.
        num_outputs: H, given by the runner.
        head: the map itself, see runner/parts/models/heads.py.
    """

    def __init__(self, input_shape: tuple[int, ...], num_outputs: int, *, head: Head):
        super().__init__()
        self.body = nn.Sequential(nn.Flatten())
        self.head = make_head(head, math.prod(input_shape), num_outputs)
