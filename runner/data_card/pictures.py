"""Pictures of what a seed is trained on: which labels are taken for which, how large classes are, what was flipped."""

from typing import Any

import torch
from matplotlib.figure import Figure
from torch import Tensor

from runner.console.drawing import BLUE, GREY, ORANGE, png, style, svg
from runner.data.protocol import Prepared
from runner.data.streams import generator

GRID = (4, 8)  # rows and columns of examples
NAMED = 25  # classes, up to which each has its name and number in the picture


def pictures(prepared: Prepared, seed_place: int) -> dict[str, str | bytes]:
    """{file name: contents} for one seed; examples only of images, flipped ones only of images and curves."""
    with style():
        made: dict[str, str | bytes] = {
            "transition.svg": _transition(prepared, seed_place),
            "classes.svg": _classes(prepared, seed_place),
        }
        if prepared.split.x.dim() == 4:
            made["examples.png"] = _examples(prepared, seed_place)
        wrong = (prepared.train.given[seed_place] != prepared.train.true[seed_place]).nonzero()[:, 0]
        if len(wrong) and prepared.split.x.dim() in (2, 4):
            few = wrong[torch.randperm(len(wrong), generator=generator("sheet"))[: GRID[0] * GRID[1]]]
            made["flipped.png"] = _flipped(prepared, seed_place, few)
    return made


def _transition(prepared: Prepared, seed_place: int) -> str:
    names = prepared.split.classes
    train = prepared.train
    shares = prepared.targets.transition(train.given[seed_place], train.true[seed_place])
    side = min(3 + 0.35 * len(names), 10)
    figure = Figure(figsize=(side + 0.8, side), layout="constrained")
    axis = figure.subplots()
    image = axis.imshow(shares.numpy(), vmin=0, vmax=1, cmap="cividis")
    axis.set(xlabel="given label", ylabel="true class")
    if len(names) <= NAMED:
        axis.set_xticks(range(len(names)), names, rotation=45, ha="right", rotation_mode="anchor")
        axis.set_yticks(range(len(names)), names)
        for i, row in enumerate(shares.tolist()):
            for j, share in enumerate(row):
                if share > 0:
                    colour = "black" if share > 0.6 else "white"
                    axis.text(j, i, f"{share:.2f}".removeprefix("0"), ha="center", va="center", color=colour, size=7)
    figure.colorbar(image, ax=axis, label="share of the true class", shrink=0.8)
    return svg(figure)


def _classes(prepared: Prepared, seed_place: int) -> str:
    """Class sizes in the source, by true class, and by given label."""
    names, k = prepared.split.classes, len(prepared.split.classes)
    true = prepared.train.true[seed_place]
    bars = {
        "in the source": prepared.split.y.bincount(minlength=k),
        "for training, true class": true[true >= 0].bincount(minlength=k),
        "for training, given label": prepared.train.given[seed_place].bincount(minlength=k),
    }
    figure = Figure(figsize=(min(4 + 0.4 * k, 12), 3), layout="constrained")
    axis = figure.subplots()
    for i, ((label, counts), colour) in enumerate(zip(bars.items(), (GREY, BLUE, ORANGE), strict=True)):
        axis.bar([place + 0.27 * (i - 1) for place in range(k)], counts.tolist(), 0.27, label=label, color=colour)
    axis.set(ylabel="examples")
    if k <= NAMED:
        axis.set_xticks(range(k), names, rotation=45, ha="right", rotation_mode="anchor")
    axis.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper center", ncols=3, frameon=False)
    return svg(figure)


def _flipped(prepared: Prepared, seed_place: int, chosen: Tensor) -> bytes:
    """Examples with wrong labels, each under its given label and its true class."""
    names = (*prepared.split.classes, "none of them")  # true is -1 for an input of no class
    train = prepared.train
    figure = Figure(figsize=(1.25 * GRID[1], 1.6 * GRID[0]), layout="constrained", dpi=120)
    axes = figure.subplots(*GRID).flatten()
    for axis in axes:
        axis.axis("off")
    for axis, place in zip(axes, chosen.tolist(), strict=False):
        _show(axis, prepared.split.x[train.place[seed_place, place]])
        given, true = names[train.given[seed_place, place]], names[train.true[seed_place, place]]
        axis.set_title(f"given: {given}\ntrue: {true}", size=7)
    return png(figure)


def _examples(prepared: Prepared, seed_place: int) -> bytes:
    """A row of training examples for each label, of the first labels where there are many."""
    train, names = prepared.train, prepared.split.classes[:NAMED]
    draw = generator("sheet")
    figure = Figure(figsize=(GRID[1] + 1.5, 0.9 * len(names)), layout="constrained", dpi=120)
    for name, (k, row) in zip(names, enumerate(figure.subplots(len(names), GRID[1])), strict=True):
        own = (train.given[seed_place] == k).nonzero()[:, 0]
        few = own[torch.randperm(len(own), generator=draw)[: GRID[1]]]
        for axis in row:
            axis.axis("off")
        for axis, place in zip(row, few.tolist(), strict=False):
            _show(axis, prepared.split.x[train.place[seed_place, place]])
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
