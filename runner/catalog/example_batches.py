"""Random predictions, targets and places for losses of each task: what their laws look at."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple, Protocol

import torch
from torch import Generator, Tensor

from losses.preference._rows import BLOCKS, HEAD
from runner.compose.fit import OF_VIEWS
from runner.console.errors import ConfigError, nearest
from runner.contracts.loss import outputs, said
from runner.nodes.build import target

N, B = 32, 8  # training examples, those of a batch
D, K, L, E = 3, 4, 5, 6  # numbers, classes and labels of an example, numbers of an embedding
Targets = Callable[[Generator, int, float, torch.dtype], Tensor]  # (stream, size, scale, dtype) -> (B, ...)


class Examples(Protocol):
    """What makes a batch."""

    def __call__(
        self, draw: int = 0, scale: float = 1.0, dtype: torch.dtype = torch.float32
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Predictions (B, H) that want a gradient, targets (B, ...), places (B,) in a training set of N.

        Of scores, predictions are (B, B). Of two views, embeddings (B, E) of both, which want a gradient, stand in
        place of predictions and targets.

        Args:
            draw: another number gives another batch.
            scale: of predictions, and of targets that are numbers.
            dtype: of both.
        """
        ...


class Setting(NamedTuple):
    """The batches of a loss, and what it is to be made for.

    Attributes:
        num_classes: K, or L of labels; 0 of numbers.
    """

    examples: Examples
    num_classes: int


def setting_of(node: Mapping[str, Any], task: str, num_classes: int = K) -> Setting:
    """Of the loss that a node names.

    Args:
        task: what is learnt.
        num_classes: of classes alone.
    Raises:
        ConfigError: there are no batches of this task.
    """
    if task not in TARGETS:
        raise ConfigError(f"task={task}: has no laws of losses; {nearest(task, TARGETS)}")
    size, targets = TARGETS[task]
    size = num_classes if targets is labels else size
    made_for = 0 if targets in (numbers, boxes, preferences) else size
    kind = said(target(node), "kind")
    if kind in OF_VIEWS:
        return Setting(examples_of(embeddings, E, E), made_for)
    if kind == "scores":
        return Setting(examples_of(targets, size, B), made_for)
    if kind == "embeddings":
        return Setting(examples_of(targets, size, E), made_for)
    return Setting(examples_of(targets, size, outputs(target(node), size, node)), made_for)


def examples_of(targets: Targets, size: int, width: int) -> Examples:
    """Batches of these targets, with predictions of `width` numbers."""

    def examples(
        draw: int = 0, scale: float = 1.0, dtype: torch.dtype = torch.float32
    ) -> tuple[Tensor, Tensor, Tensor]:
        g = torch.Generator().manual_seed(draw)
        predictions = scale * torch.randn(B, width, generator=g, dtype=torch.float64)
        told = targets(g, size, scale, dtype)
        return predictions.to(dtype).requires_grad_(), told, torch.randperm(N, generator=g)[:B]

    return examples


def labels(g: Generator, size: int, scale: float, dtype: torch.dtype) -> Tensor:
    """(B,) of every class."""
    return (torch.arange(B) % size)[torch.randperm(B, generator=g)]


def candidates(g: Generator, size: int, scale: float, dtype: torch.dtype) -> Tensor:
    """(B, size) of 1 and 0; each example has a candidate."""
    drawn = (torch.rand(B, size, generator=g) < 0.4).float()
    drawn[torch.arange(B), torch.randint(size, (B,), generator=g)] = 1
    return drawn


def bits(g: Generator, size: int, scale: float, dtype: torch.dtype) -> Tensor:
    """(B, size) of 1, 0 and -1; each example has a label."""
    drawn = torch.randint(-1, 2, (B, size), generator=g).float()
    drawn[torch.arange(B), torch.randint(size, (B,), generator=g)] = 1
    return drawn


def numbers(g: Generator, size: int, scale: float, dtype: torch.dtype) -> Tensor:
    """(B, size), as large as predictions."""
    return (scale * torch.randn(B, size, generator=g, dtype=torch.float64)).to(dtype)


def boxes(g: Generator, size: int, scale: float, dtype: torch.dtype) -> Tensor:
    """(B, 4) of x1 <= x2 and y1 <= y2."""
    ends = torch.rand(B, 2, 2, generator=g, dtype=torch.float64)
    return (scale * ends.sort(1).values.flatten(1)).to(dtype)


def preferences(g: Generator, size: int, scale: float, dtype: torch.dtype) -> Tensor:
    """(B, size) rows of two unlike responses each: see losses/preference/_rows.py. `scale` is of rewards."""
    k = (size - HEAD) // BLOCKS
    normal = partial(torch.randn, B, k, generator=g, dtype=torch.float64)
    reference, reward = normal().log_softmax(1), scale * normal()
    places = torch.rand(B, k, generator=g).argsort(1)[:, :2]
    margin = reward.gather(1, places).diff(dim=1).neg()
    length = torch.randint(1, 5, (B, k), generator=g)
    optimum = (reference + reward).log_softmax(1)
    row = torch.cat([places, margin, reference, reward, torch.ones(B, k), length, optimum], 1)
    return row.to(dtype)


def embeddings(g: Generator, size: int, scale: float, dtype: torch.dtype) -> Tensor:
    """(B, size), which want a gradient."""
    return numbers(g, size, scale, dtype).requires_grad_()


TARGETS: dict[str, tuple[int, Targets]] = {  # of each task: how many numbers, classes or labels, and random ones
    "classification": (K, labels),
    "candidates": (K, candidates),
    "multilabel": (L, bits),
    "regression": (D, numbers),
    "boxes": (4, boxes),
    "mutual_information": (1, numbers),
    "representation": (K, labels),
    "retrieval": (K, labels),
    "dynamics": (D, numbers),
    "matching": (D, numbers),
    "density": (D, numbers),
    "language": (K, labels),
    "preference": (HEAD + BLOCKS * K, preferences),
}
