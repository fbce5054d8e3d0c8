"""The losses as their YAML files have them."""

from functools import cache
from pathlib import Path
from typing import Any

import torch
import yaml
from torch import Tensor, nn

from runner.build import build
from runner.command_line import asked

ROOT = Path(__file__).resolve().parents[1]
LOSSES = sorted(file.stem for file in (ROOT / "conf" / "loss").glob("*.yaml"))
BINARY = {"ensloss"}  # two classes only


@cache
def node(name: str, group: str = "loss") -> dict[str, Any]:
    """A choice of a group, composed: a loss with the losses that it wraps."""
    if group == "loss":
        return asked([f"loss={name}"], multirun=False)[0].config["loss"]
    return yaml.safe_load((ROOT / "conf" / group / f"{name}.yaml").read_text())


def make(
    name: str, *, num_train: int, num_classes: int, given: dict[str, Any] | None = None, **changed: Any
) -> nn.Module:
    """A loss as its YAML has it but for `changed`; what it draws is drawn once and for all.

    What the runner would give it is made up, `given` says otherwise: class sizes that fall, a symmetric transition.
    """
    sizes = torch.arange(num_classes, 0, -1).float()
    facts = {
        "num_train": num_train,
        "num_classes": num_classes,
        "epochs": 10,
        "class_counts": (num_train * sizes / sizes.sum()).round(),
        "transition": torch.full((num_classes, num_classes), 0.3 / (num_classes - 1)).fill_diagonal_(0.7),
    }
    loss = build("loss", node(name) | changed, **facts | (given or {}))
    return WithFixedDraws(loss) if getattr(loss, "draws", {}) else loss


class WithFixedDraws(nn.Module):
    """A loss with the same draws at every step, as if a loader had made them."""

    def __init__(self, loss: nn.Module):
        super().__init__()
        self.loss = loss

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        drawn = {name: draw(torch.Generator().manual_seed(0), len(labels)) for name, draw in self.loss.draws.items()}
        return self.loss(logits, labels, index, **drawn)
