"""The losses as their YAML files have them."""

from functools import cache
from pathlib import Path

import yaml
from torch import nn

from runner.build import build

ROOT = Path(__file__).resolve().parents[1]
LOSSES = sorted(file.stem for file in (ROOT / "conf" / "loss").glob("*.yaml"))


@cache
def node(name: str, group: str = "loss") -> dict:
    return yaml.safe_load((ROOT / "conf" / group / f"{name}.yaml").read_text())


def make(name: str, *, num_train: int, num_classes: int, **changed: object) -> nn.Module:
    return build("loss", node(name) | changed, num_train=num_train, num_classes=num_classes)
