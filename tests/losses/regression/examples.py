"""Losses of real targets, and predictions and targets for them."""

from typing import Any

import torch
from torch import Tensor, nn

from runner.catalog.example_batches import B, Examples, N, setting_of
from runner.nodes.build import build
from tests.zoo import losses_for, written

NAMES = losses_for("regression")
INDEX = torch.arange(B)


def make(name: str, **changed: Any) -> nn.Module:
    """A loss as its YAML has it but for `changed`."""
    return build("loss", written(name) | changed, num_train=N)


def examples(name: str) -> Examples:
    return setting_of(written(name), "regression").examples


def each(name: str, prediction: Any, real: Any, **changed: Any) -> Tensor:
    """Losses in float64 of one target an example: (B, H) or (B,) of numbers, and (B,)."""
    rows = torch.tensor(prediction, dtype=torch.float64).reshape(len(real), -1)
    column = torch.tensor(real, dtype=torch.float64).reshape(len(real), 1)
    return make(name, **changed).double()(rows, column, torch.arange(len(real)))
