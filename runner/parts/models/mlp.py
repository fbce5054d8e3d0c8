"""A multilayer perceptron on the flattened input."""

import math
from itertools import pairwise
from typing import Annotated

from torch import nn

from runner.contracts.model import Model
from runner.parts.models.heads import Head, make_head
from runner.parts.models.layers import Activation, PlainNorm, after


class MLP(Model):
    """`depth` hidden layers of `width` units, torch's own initialisation.

    Args:
        input_shape: of one example, given by the runner.
        num_outputs: H, given by the runner.
        width: units a hidden layer.
        depth: hidden layers.
        norm: before each activation.
        activation: see runner/parts/models/layers.py.
        head: the last layer, see runner/parts/models/heads.py.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        num_outputs: int,
        *,
        width: Annotated[int, "[1, 1000000]"],
        depth: Annotated[int, "[1, 1000]"],
        norm: PlainNorm,
        activation: Activation,
        head: Head,
    ):
        super().__init__()
        sizes = [math.prod(input_shape)] + depth * [width]
        first, *rest = (_layer(*size, norm, activation) for size in pairwise(sizes))
        self.body = nn.Sequential(nn.Sequential(nn.Flatten(), *first), *(nn.Sequential(*layer) for layer in rest))
        self.head = make_head(head, width, num_outputs)


def _layer(fan_in: int, fan_out: int, norm: str, activation: str) -> list[nn.Module]:
    return [nn.Linear(fan_in, fan_out, bias=norm == "none"), *after(fan_out, norm, activation, maps=False)]
