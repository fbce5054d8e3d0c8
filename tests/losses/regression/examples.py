"""Losses of real targets, and predictions and targets for them."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from runner.data.protocol import call
from runner.nodes.build import build, target
from tests.losses.any_targets import B, N, examples_of
from tests.zoo import losses_for, written

NAMES = losses_for("regression")
D = 3
INDEX = torch.arange(B)


def make(name: str, **changed: Any) -> nn.Module:
    """A loss as its YAML has it but for `changed`."""
    return build("loss", written(name) | changed, num_train=N)


def width(name: str) -> int:
    """H: how many numbers its head has for D targets."""
    node = written(name)
    outputs = getattr(target(node), "outputs", None)
    return call(outputs, targets=D, **node) if outputs else D


def examples(name: str, draw: int = 0, scale: float = 1.0, dtype: torch.dtype = torch.float32) -> Sequence[Tensor]:
    """Predictions (B, H) that want a gradient, targets (B, D), places (B,); targets are as large as predictions."""

    def targets(generator: torch.Generator) -> Tensor:
        return (scale * torch.randn(B, D, generator=generator, dtype=torch.float64)).to(dtype)

    return examples_of(targets, width(name))(draw, scale, dtype)


def each(name: str, prediction: Any, real: Any, **changed: Any) -> Tensor:
    """Losses in float64 of one target an example: (B, H) or (B,) of numbers, and (B,)."""
    rows = torch.tensor(prediction, dtype=torch.float64).reshape(len(real), -1)
    column = torch.tensor(real, dtype=torch.float64).reshape(len(real), 1)
    return make(name, **changed).double()(rows, column, torch.arange(len(real)))
