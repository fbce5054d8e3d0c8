"""Batches of some classes with some examples of each: every example meets others of its class, and of others."""

from typing import Annotated

import torch
from torch import Generator, Tensor

from runner.parts.samplers._runs import runs


def class_sets(
    labels: Tensor,
    num_classes: int,
    batch_size: int,
    generator: Generator,
    *,
    classes: Annotated[int, "[1, inf)"],
    examples: Annotated[int, "[1, inf)"],
) -> Tensor:
    """Sets of P classes, all different and all alike likely, with K examples of each, until there are N places.

    A batch is one set, or several where batch_size is a multiple of P K. The last batch of an epoch may be smaller, as
    always, and cuts its set off. All examples of a class but fewer than K come by before one comes again. A class of
    fewer than K gives them several times within a set. Classes are seen equally often, however large they are.

    Source: Hermans, Beyer and Leibe, "In Defense of the Triplet Loss for Person Re-Identification", arXiv:1703.07737,
    whose batches have P = 18 and K = 4; how rests of classes are dealt with is ours.

    Args:
        labels: (N,) int64 given labels.
        num_classes: of the data set.
        batch_size: of the configuration.
        generator: the stream to draw from.
        classes: P.
        examples: K.
    Returns:
        (N,) int64 places in [0, N), on the CPU.
    Raises:
        ValueError: batch_size is no multiple of P K, or fewer than P classes have examples.

    >>> labels = torch.tensor([0, 1, 2, 0, 1, 2, 0, 1])
    >>> drawn = class_sets(labels, 3, 4, torch.Generator().manual_seed(0), classes=2, examples=2)
    >>> [len(part.unique()) for part in labels[drawn].split(4)], len(drawn)
    ([2, 2], 8)
    """
    labels, size = labels.cpu(), classes * examples
    if batch_size % size:
        said = f"classes={classes} examples={examples}"
        raise ValueError(f"{said}: make sets of {size} examples, and batch_size={batch_size} is no multiple of that")
    present = labels.bincount(minlength=num_classes).nonzero()[:, 0]
    if len(present) < classes:
        raise ValueError(f"classes={classes}: must be at most {len(present)}, for so many have examples")
    sets = -(-len(labels) // size)
    chosen = present[torch.rand(sets, len(present), generator=generator).argsort(1)[:, :classes]].flatten()
    places = torch.empty(len(chosen), examples, dtype=torch.int64)
    for k in present.tolist():
        members = (labels == k).nonzero()[:, 0]
        places[chosen == k] = runs(members, int((chosen == k).sum()), examples, generator)
    return places.flatten()[: len(labels)]
