"""Digits class by class, without kept examples: heads of their own classes, and whether they know those of others.

After Huang et al., OVOR, ICLR 2024 (github.com/jpmorganchase/ovor). An encoder is frozen: a layer of relu units with
weights at random, whose outputs are put to length sqrt(units). Each of five tasks of two classes has a linear head,
which sees these classes alone: `steps` of Adam on cross-entropy, and as many more with `weight` times
`_virtual_outliers.energy_penalty` beside it, unless `outliers` is "none". In the end the largest output of all heads is
the class. The paper's encoder is a pretrained transformer with a prompt. Thresholds and weight are those of the
released code, and sizes, rates, neighbours and outliers are ours.
"""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._class_tasks import CLASSES, accuracy, class_tasks, joined
from runner.parts.calculations._network import Network, descend, tensor
from runner.parts.calculations._virtual_outliers import energy, energy_penalty, made_up
from runner.parts.measures._ranks import auroc

METRICS = {
    "average_accuracy": ("higher", "[0, 1]", ""),
    "detection": ("higher", "[0, 1]", ""),  # area under the ROC curve: a head's classes against all others, by energy
    "own_accuracy": ("higher", "[0, 1]", ""),  # where the task of an image is told
}


def virtual_outliers(
    draws: Generator,
    *,
    outliers: Literal["none", "paper", "released"],
    weight: Annotated[float, "[0, inf)"],
    most: Annotated[float, "(-inf, inf)"],
    least: Annotated[float, "(-inf, inf)"],
    spread: Annotated[float, "(0, inf)"],
    neighbours: Annotated[int, "[1, 1000]"],
    boundary: Annotated[int, "[1, 1000]"],
    moves: Annotated[int, "[1, 10000]"],
    per_class: Annotated[int, "[1, 10000]"],
    units: Annotated[int, "[1, 10000]"],
    steps: Annotated[int, "[0, 100000]"],
    lr: Annotated[float, "(0, inf)"],
    train_size: Annotated[int, "[100, 1600]"],
) -> dict[str, float]:
    """Accuracy over all classes, and how well heads tell their classes from others.

    Args:
        most: the energy that examples should not be above, and `least` that which outliers should not be below.
        neighbours: which neighbour's distance says how far out a point is.
        boundary: features that outliers are made from, and `moves` moves away from each.
        per_class: outliers of each class.
    """
    split, first, heads, random = draws.spawn(4)
    sequence = class_tasks(split, train_size, 5)
    encoder = Network(first, (sequence[0].train[0].shape[1], units, 1), ["relu"])
    x, y = joined([task.test for task in sequence])
    test, outputs = encoded(encoder, x), torch.zeros(len(y), CLASSES, dtype=torch.float64)
    penalty = partial(energy_penalty, least=least, most=most)
    for task in sequence:
        features, labels = encoded(encoder, task.train[0]), task.train[1] - task.classes[0]
        away, count = tensor(spread * random.normal(size=(moves, units))), per_class * len(task.classes)
        head = Network(heads, (units, len(task.classes)), [])
        optimizer = torch.optim.Adam(head.parameters(), lr=lr)
        if outliers != "none":
            points = made_up(away, features, outliers, count, neighbours=neighbours, boundary=boundary)
        for step in range(2 * steps):
            logits = head(features)
            loss = F.cross_entropy(logits, labels)
            if outliers != "none" and step >= steps:
                loss = loss + weight * penalty(logits, head(points))
            descend(optimizer, loss)
        outputs[:, task.classes] = head(test).detach()
    return told(outputs, y, [task.classes for task in sequence])


def encoded(encoder: Network, x: Tensor) -> Tensor:
    """What the hidden layer makes of images (N, C): features (N, D) of length sqrt(D)."""
    with torch.no_grad():
        hidden = encoder.layers(x)[0]
    return F.normalize(hidden, dim=1) * hidden.shape[1] ** 0.5


def told(outputs: Tensor, y: Tensor, tasks: Sequence[Tensor]) -> dict[str, float]:
    """All of METRICS of outputs (N, K), where tasks have these classes (C,): each is a mean over tasks."""
    every = torch.arange(outputs.shape[1])
    found: list[tuple[float, float, float]] = []
    for classes in tasks:
        mine = torch.isin(y, classes)
        apart = auroc(-energy(outputs[:, classes])[None], mine[None])
        among = [accuracy(outputs[mine], y[mine], those) for those in (every, classes)]
        found.append((among[0], float(apart), among[1]))
    return dict(zip(METRICS, np.mean(found, axis=0).tolist(), strict=True))
