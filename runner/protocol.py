"""What each seed is trained on: the training set thinned out, a part held out, then labels flipped, in this order."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from datasets.split import Split, fingerprint
from runner.seeds import generator


class Labelled(NamedTuple):
    """Some training examples of S seeds, each seed with its own choice and its own labels.

    Attributes:
        place: (S, N) where in Split.x they stand.
        given: (S, N) the labels that training sees.
        true: (S, N) the labels before any was flipped.
    """

    place: Tensor
    given: Tensor
    true: Tensor

    def to(self, device: torch.device) -> "Labelled":
        return Labelled(*(t.to(device) for t in self))


def protocol(
    split: Split,
    seeds: Sequence[int],
    *,
    noise: float,
    noise_type: Callable[..., Tensor],
    noise_seed: int | None,
    imbalance: float,
    imbalance_type: Callable[..., Tensor],
    val_fraction: float,
) -> tuple[Labelled, Labelled]:
    """Training and validation examples of every seed, on the CPU; the second is empty where val_fraction is 0.

    How many there are of each true class depends on the arguments alone, so that all seeds have equally many.

    Args:
        noise: rate, in [0, 1], of `noise_type`: (labels, K, rate, generator, x) -> given labels.
        noise_seed: the realisation that all seeds share, or None for one of its own each.
        imbalance: ratio, at least 1, of `imbalance_type`: (labels, K, ratio, generator) -> places that stay.
        val_fraction: share of each class of the thinned set that is held out; its labels are flipped like the rest.
    """
    k = len(split.classes)
    train, val = [], []
    for seed in seeds:
        kept = torch.arange(len(split.y))
        if imbalance > 1:
            kept = imbalance_type(split.y, k, imbalance, generator("imbalance", seed))
        true = split.y[kept]
        stream = generator("noise", seed if noise_seed is None else noise_seed)
        # flipped before it is held out: an example's label does not depend on val_fraction
        given = noise_type(true, k, noise, stream, split.x if imbalance == 1 else split.x[kept])
        held = _hold_out(true, val_fraction, generator("split", seed))
        train.append(Labelled(kept[~held], given[~held], true[~held]))
        val.append(Labelled(kept[held], given[held], true[held]))
    if not train[0].place.numel():
        raise ValueError(f"val_fraction={val_fraction:g} leaves no training example")
    return _stacked(train), _stacked(val)


def _hold_out(labels: Tensor, fraction: float, draw: torch.Generator) -> Tensor:
    """Which examples are for validation: a random share of every class."""
    shuffled = torch.randperm(len(labels), generator=draw)
    held = torch.zeros(len(labels), dtype=torch.bool)
    for k in labels.unique():
        members = shuffled[labels[shuffled] == k]
        held[members[: round(fraction * len(members))]] = True
    return held


def _stacked(parts: list[Labelled]) -> Labelled:
    return Labelled(*(torch.stack(tensors) for tensors in zip(*parts, strict=True)))


def confusion(labelled: Labelled, seed_place: int, num_classes: int) -> Tensor:
    """(K, K) how many examples of true class i (row) carry label j (column), for one seed."""
    cells = labelled.true[seed_place] * num_classes + labelled.given[seed_place]
    return cells.bincount(minlength=num_classes**2).view(num_classes, num_classes)


def transition(confused: Tensor) -> Tensor:
    """(K, K) the share of each true class that carries each label; a class without examples has a row of zeros."""
    return confused / confused.sum(1, keepdim=True).clamp(min=1)


def audit(labelled: Labelled, seed_place: int, num_classes: int) -> dict[str, Any]:
    """What was realised for one seed: counts of true classes, share flipped, transition matrix, hash of the labels."""
    given, true = labelled.given[seed_place], labelled.true[seed_place]
    confused = confusion(labelled, seed_place, num_classes)
    return {
        "examples": len(true),
        "class_counts": confused.sum(1).tolist(),
        "noise_rate": (given != true).float().mean().item() if len(true) else 0.0,
        "transition": transition(confused).tolist(),
        "labels_sha256": fingerprint(labelled.place[seed_place], given),
    }
