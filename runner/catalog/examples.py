"""One loss without data: what tests, cards and properties look at."""

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

import torch
from torch import Generator, Tensor, nn

from runner.catalog.example_batches import E
from runner.contracts.loss import said
from runner.data.loader import Draw
from runner.data.streams import generator, seeded
from runner.nodes.build import build


def example_loss(node: Mapping[str, Any], *, num_train: int, num_classes: int, **given: Any) -> nn.Module:
    """The loss of a configuration node, with what a runner would give it made up, unless `given` says otherwise.

    Made up are class sizes that fall from class to class, and a symmetric transition of 0.3. What the loss draws is the
    same at every step. Where no epoch has begun, it is as in the first.
    """
    sizes = torch.arange(num_classes, 0, -1).float()
    facts = {
        "num_train": num_train,
        "num_classes": num_classes,
        "num_outputs": E,
        "class_counts": (num_train * sizes / sizes.sum()).round(),
        "transition": torch.full((num_classes, num_classes), 0.3 / max(num_classes - 1, 1)).fill_diagonal_(0.7),
    }
    loss = seeded(partial(build, "loss", node, **facts | given), generator("loss"))
    return WithFixedDraws(loss, num_train) if said(loss, "draws") or said(loss, "inputs") else loss


class WithFixedDraws(nn.Module):
    """A loss that finds the same random numbers at every step, as if a loader had drawn them.

    Where it asks for inputs, those of an example are three random numbers, by its place.
    """

    def __init__(self, loss: Any, num_train: int):
        super().__init__()
        self.loss = loss
        self.num_train = num_train

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        given = {name: _fixed(draw, name, len(labels)) for name, draw in said(self.loss, "draws").items()}
        if said(self.loss, "inputs"):
            given["x"] = _fixed(_inputs, "x", self.num_train)[index].to(logits.dtype)
        return self.loss(logits, labels, index, **given)


def _inputs(generator: Generator, size: int) -> Tensor:
    return torch.randn(size, 3, generator=generator)


@cache
def _fixed(draw: Draw, name: str, size: int) -> Tensor:
    """Remembered, for nothing can be drawn under vmap."""
    return draw(generator(name), size)
