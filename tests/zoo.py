"""The losses as their YAML files have them."""

from functools import cache
from inspect import signature
from pathlib import Path
from typing import Any

import yaml
from torch import nn

from runner.catalog.examples import example_loss
from runner.catalog.loss_cards import card
from runner.compose.command_line import compose_cells
from runner.nodes.build import target

ROOT = Path(__file__).resolve().parents[1]
EVERY_LOSS = sorted(file.stem for file in (ROOT / "conf" / "loss").glob("*.yaml"))
BINARY = {"ensloss"}  # two classes only


def written(name: str, group: str = "loss") -> dict[str, Any]:
    """A choice of a group, as its file has it."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "conf" / group / f"{name}.yaml").read_text())
    return found


@cache
def node(name: str, group: str = "loss") -> dict[str, Any]:
    """A choice of a group, composed: a loss with the losses that it wraps."""
    found = written(name, group)
    if "defaults" not in found:
        return found
    return card(name).node if group == "loss" else compose_cells([f"{group}={name}"], multirun=False)[0].config[group]


def asked_by(name: str) -> set[str]:
    """What a noise type is given, by name."""
    return set(signature(target(written(name, "noise_type"))).parameters)


def losses_for(task: str, kind: str = "example") -> list[str]:
    """The losses that fit a task, those that give one number an example or those that give one a set of examples."""
    classes = {name: target(written(name)) for name in EVERY_LOSS}
    return [
        name
        for name, loss in classes.items()
        if task in getattr(loss, "fits", ("classification",)) and getattr(loss, "kind", "example") == kind
    ]


LOSSES = losses_for("classification")


def make(
    name: str, *, num_train: int, num_classes: int, given: dict[str, Any] | None = None, **changed: Any
) -> nn.Module:
    """A loss as its YAML has it but for `changed`; `given` is what the runner would give it, else made up."""
    return example_loss(node(name) | changed, num_train=num_train, num_classes=num_classes, **(given or {}))
