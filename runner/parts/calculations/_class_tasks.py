"""Digits that come class by class: a sequence of tasks, what is kept of those before, and how a sequence is judged."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._digits import Part, digits

CLASSES = 10


class Task(NamedTuple):
    """Examples of some classes: labels are still among all CLASSES.

    Attributes:
        classes: (C,), in order.
    """

    classes: Tensor
    train: Part
    test: Part


def class_tasks(draws: Generator, train_size: int, tasks: int) -> list[Task]:
    """The ten digits in order, in so many tasks, of which the first have one more where it must be."""
    parts = digits(draws, train_size)
    found = []
    for classes in torch.arange(CLASSES).tensor_split(tasks):
        train, test = (of_classes(part, classes) for part in parts)
        found.append(Task(classes, train, test))
    return found


def of_classes(part: Part, classes: Tensor) -> Part:
    """The examples of these classes."""
    x, y = part
    among = torch.isin(y, classes)
    return x[among], y[among]


def joined(parts: Sequence[Part]) -> Part:
    """All examples of one or more parts."""
    return torch.cat([x for x, _ in parts]), torch.cat([y for _, y in parts])


def remembered(draws: Generator, part: Part, per_class: int) -> Part:
    """So many examples of each class, or all where there are fewer."""
    x, y = part
    order = torch.as_tensor(draws.permutation(len(y)))
    places = torch.cat([order[y[order] == label][:per_class] for label in y.unique()])
    return x[places], y[places]


def among(outputs: Tensor, classes: Tensor) -> Tensor:
    """Outputs (N, K), minus infinity for those that are none of these classes (C,)."""
    hidden = torch.ones(outputs.shape[1], dtype=torch.bool)
    hidden[classes] = False
    return outputs.masked_fill(hidden, -torch.inf)


def accuracy(outputs: Tensor, y: Tensor, classes: Tensor) -> float:
    """The share of examples whose class has the largest output (N, K) of these classes."""
    return float((among(outputs, classes).argmax(1) == y).double().mean())


def average_accuracy(found: np.ndarray) -> float:
    """Of all tasks after the last one; found[t, j] is the accuracy of task j after task t."""
    return float(found[-1].mean())


def forgetting(found: np.ndarray) -> float:
    """How far each task but the last is below its best accuracy after an earlier one, in the end, in the mean
    (Chaudhry et al., Riemannian Walk for Incremental Learning, ECCV 2018; from memory)."""
    best = [found[task:-1, task].max() for task in range(len(found) - 1)]
    return float(np.mean(best - found[-1, :-1]))
