"""Pictures of what a seed is trained on: its targets, examples of them, and examples whose target was changed."""

from typing import Any

import torch
from matplotlib.figure import Figure
from torch import Tensor

from runner.console.drawing import BLUE, png, style
from runner.data.protocol import Prepared
from runner.data.streams import generator
from runner.data_card.drawn import NAMED, drawn
from runner.data_card.kinds import shown
from runner.data_card.kinds.kind import Shown

GRID = (4, 8)  # rows and columns of examples
LETTERS = 26  # of a target above an example


def pictures(prepared: Prepared, seed_place: int) -> dict[str, str | bytes]:
    """{file name: contents} for one seed; examples only of images, flipped ones only of images and curves."""
    targets = shown(prepared, seed_place)
    with style():
        made: dict[str, str | bytes] = {**drawn(targets)}
        if prepared.split.x.dim() == 4:
            made["examples.png"] = _examples(targets)
        wrong = targets.changed()
        if len(wrong) and prepared.split.x.dim() in (2, 4):
            few = wrong[torch.randperm(len(wrong), generator=generator("sheet"))[: GRID[0] * GRID[1]]]
            made["flipped.png"] = _flipped(targets, few)
    return made


def _flipped(targets: Shown, chosen: Tensor) -> bytes:
    """Examples with wrong targets, each under its given and its true one."""
    figure = Figure(figsize=(1.25 * GRID[1], 1.6 * GRID[0]), layout="constrained", dpi=120)
    axes = figure.subplots(*GRID).flatten()
    for axis in axes:
        axis.axis("off")
    for axis, place in zip(axes, chosen.tolist(), strict=False):
        _show(axis, targets.split.x[targets.train.place[place]])
        given, true = targets.told(place)
        axis.set_title(f"given: {_short(given)}\ntrue: {_short(true)}", size=7)
    return png(figure)


def _short(text: str) -> str:
    return text if len(text) <= LETTERS else text[: LETTERS - 3] + "..."


def _examples(targets: Shown) -> bytes:
    """A row of training examples for each label or part, of the first ones where there are many."""
    groups = targets.groups()[:NAMED]
    draw = generator("sheet")
    figure = Figure(figsize=(GRID[1] + 1.5, 0.9 * len(groups)), layout="constrained", dpi=120)
    rows = figure.subplots(len(groups), GRID[1], squeeze=False)
    for (name, own), row in zip(groups, rows, strict=True):
        few = own[torch.randperm(len(own), generator=draw)[: GRID[1]]]
        for axis in row:
            axis.axis("off")
        for axis, place in zip(row, few.tolist(), strict=False):
            _show(axis, targets.split.x[targets.train.place[place]])
        row[0].text(-0.1, 0.5, name, size=7, ha="right", va="center", transform=row[0].transAxes)
    return png(figure)


def _show(axis: Any, x: Tensor) -> None:
    """An image (C, H, W), its first three channels as colours, or a vector as a curve."""
    if x.dim() == 1:
        axis.plot(x.numpy(), color=BLUE, linewidth=1)
        return
    shown = x[:3].float() / max(int(x.max()), 1)
    if len(shown) == 2:
        shown = torch.cat([shown, torch.zeros_like(shown[:1])])
    pixels = shown[0] if len(shown) == 1 else shown.permute(1, 2, 0)
    axis.imshow(pixels.numpy(), cmap="grey", vmin=0, vmax=1)
