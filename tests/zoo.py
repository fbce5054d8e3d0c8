"""The losses as their YAML files have them."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from torch import nn

from runner.catalog.examples import example_loss
from runner.compose.command_line import compose_cells

ROOT = Path(__file__).resolve().parents[1]
LOSSES = sorted(file.stem for file in (ROOT / "conf" / "loss").glob("*.yaml"))
BINARY = {"ensloss"}  # two classes only


@cache
def node(name: str, group: str = "loss") -> dict[str, Any]:
    """A choice of a group, composed: a loss with the losses that it wraps."""
    found = yaml.safe_load((ROOT / "conf" / group / f"{name}.yaml").read_text())
    return compose_cells([f"{group}={name}"], multirun=False)[0].config[group] if "defaults" in found else found


def make(
    name: str, *, num_train: int, num_classes: int, given: dict[str, Any] | None = None, **changed: Any
) -> nn.Module:
    """A loss as its YAML has it but for `changed`; `given` is what the runner would give it, else made up."""
    return example_loss(node(name) | changed, num_train=num_train, num_classes=num_classes, **(given or {}))
