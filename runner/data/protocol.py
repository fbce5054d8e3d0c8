"""What each seed is trained on: the training set thinned out, a part held out, then labels flipped, in this order."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from datasets.holdout import last_or_groups
from datasets.noise_types.open_set import Replaced
from datasets.split import Split, fingerprint
from datasets.within_class import rank_within_class
from runner.data.streams import generator


class Labelled(NamedTuple):
    """Some training examples of S seeds, each seed with its own choice and its own labels.

    Attributes:
        place: (S, N) where in Split.x they stand.
        given: (S, N) the labels that training sees.
        true: (S, N) the labels before any was flipped; -1 where open-set noise put an input of no class.
    """

    place: Tensor
    given: Tensor
    true: Tensor

    def to(self, device: torch.device) -> "Labelled":
        return Labelled(*(t.to(device) for t in self))


class Prepared(NamedTuple):
    """What S seeds are trained on.

    Attributes:
        split: the data set; open-set noise adds inputs to it.
        train: training examples.
        val: validation examples; none where val_fraction is 0.
        class_sizes: (K,) training examples of each true class, those included whose input was replaced; the same for
            every seed.
        thinned: were examples of some class left out?
        read: what was read, a line a source, files of labels included.
    """

    split: Split
    train: Labelled
    val: Labelled
    class_sizes: Tensor
    thinned: bool
    read: tuple[str, ...] = ()


def protocol(
    split: Split,
    seeds: Sequence[int],
    *,
    noise: float,
    noise_type: Callable[..., Tensor | Replaced],
    noise_seed: int | None,
    imbalance: float,
    imbalance_type: Callable[..., Tensor],
    val_fraction: float,
    val_labels: str | bool,
) -> Prepared:
    """Training and validation examples of every seed, on the CPU.

    How many there are of each true class depends on the arguments alone, so that all seeds have equally many.

    Args:
        noise: rate, in [0, 1], of `noise_type`; see datasets/noise_types.
        noise_seed: the realisation that all seeds share, or None for one of its own each.
        imbalance: ratio, at least 1, of `imbalance_type`; see datasets/imbalance_types.
        val_fraction: share of each class of the thinned set that is held out.
        val_labels: "given" if these are noisy like the rest, True if neither their labels nor inputs are touched.
    Raises:
        ValueError, FileNotFoundError: it cannot be as asked.
    """
    own = split.y if split.given is None else split.given
    read = dict.fromkeys(split.read)  # each line once, whatever number of seeds reads a file
    numbers, size = split.numbers()
    shared = {
        "num_classes": len(split.classes),
        "classes": split.classes,
        "mean": split.mean,
        "std": split.std,
        "source_size": size,
        "source_names": split.source_names,
        "tell": read.setdefault,
    }
    pool = split.x[:0]
    train, val = [], []
    for seed in seeds:
        stream = generator("imbalance", seed)
        kept = imbalance_type(labels=split.y, num_classes=len(split.classes), ratio=imbalance, generator=stream)
        # what is whole is handed over as it is, not copied: a noise type may remember what it found out about it
        labels, x, number = ((t if len(kept) == len(t) else t[kept]) for t in (own, split.x, numbers))
        stream = generator("noise", seed if noise_seed is None else noise_seed)
        offered = {"labels": labels, "x": x, "source_index": number, "rate": noise, "generator": stream}
        given = call(noise_type, **offered, **shared)
        clean = Labelled(kept, split.y[kept], split.y[kept])
        noisy = clean._replace(given=given)
        if isinstance(given, Replaced):
            pool, outside = given.pool, given.outside >= 0
            place, true = (len(split.y) + given.outside).where(outside, kept), clean.true.masked_fill(outside, -1)
            noisy = Labelled(place, given.given, true)
        # flipped before it is held out: an example's label does not depend on val_fraction
        held = _held(split, clean.true, val_fraction, generator("split", seed))
        train.append(Labelled(*(part[~held] for part in noisy)))
        val.append(Labelled(*(part[held] for part in (noisy if val_labels == "given" else clean))))
        sizes = clean.true[~held].bincount(minlength=len(split.classes))
        if not sizes.all():
            empty = split.classes[int(sizes.argmin())]
            raise ValueError(f"val_fraction={val_fraction:g} leaves class {empty} without a training example")
    extended = split._replace(x=torch.cat([split.x, pool])) if len(pool) else split
    thinned = len(kept) < len(split.y)
    return Prepared(extended, _stacked(train), _stacked(val), sizes, thinned, tuple(read))


def call(function: Callable[..., Any], **offered: Any) -> Any:
    """`function` with those of `offered` that it names."""
    wanted = inspect.signature(function).parameters
    return function(**{name: value for name, value in offered.items() if name in wanted})


def _held(split: Split, labels: Tensor, fraction: float, draw: torch.Generator) -> Tensor:
    """Which examples are for validation. Groups, and the last of an order, are the same for all seeds, so that all have
    equally many."""
    if not fraction or (split.group is None and split.order is None):
        return _hold_out(labels, fraction, draw)
    if len(labels) < len(split.y):
        key = "group" if split.order is None else "order"
        raise ValueError(f"val_fraction={fraction:g}: goes without imbalance where dataset.{key} says what is held out")
    return last_or_groups(labels, fraction, split.group, split.order)


def _hold_out(labels: Tensor, fraction: float, draw: torch.Generator) -> Tensor:
    """Which examples are for validation: a random share of every class."""
    wanted = (fraction * labels.bincount().double()).round().long()
    return rank_within_class(labels, draw) < wanted[labels]


def _stacked(parts: list[Labelled]) -> Labelled:
    return Labelled(*(torch.stack(tensors) for tensors in zip(*parts, strict=True)))


def confusion(labelled: Labelled, seed_place: int, num_classes: int) -> Tensor:
    """(K, K) how many examples of true class i (row) carry label j (column), for one seed; those of no class apart."""
    true, given = labelled.true[seed_place], labelled.given[seed_place]
    cells = (true * num_classes + given)[true >= 0]
    return cells.bincount(minlength=num_classes**2).view(num_classes, num_classes)


def transition(confused: Tensor) -> Tensor:
    """(K, K) the share of each true class that carries each label; a class without examples has a row of zeros."""
    return confused / confused.sum(1, keepdim=True).clamp(min=1)


def given_counts(labelled: Labelled, seed_place: int, num_classes: int) -> Tensor:
    """(K,) how many examples carry each label, for one seed."""
    return labelled.given[seed_place].bincount(minlength=num_classes)


def audited(prepared: Prepared, seed_place: int) -> dict[str, Any]:
    """What was realised for one seed, for its provenance: the size of every class before, and the two parts."""
    k = len(prepared.split.classes)
    return {
        "source_class_counts": prepared.split.y.bincount(minlength=k).tolist(),
        "train": _realised(prepared.train, seed_place, k),
        "val": _realised(prepared.val, seed_place, k),
    }


def _realised(labelled: Labelled, seed_place: int, num_classes: int) -> dict[str, Any]:
    """Counts of true classes and of labels, share of wrong labels in all and in each class, examples of no class,
    transition matrix, hash of the labels.
    """
    given, true = labelled.given[seed_place], labelled.true[seed_place]
    confused = confusion(labelled, seed_place, num_classes)
    shares = transition(confused)
    return {
        "examples": len(true),
        "outside": int((true < 0).sum()),
        "class_counts": confused.sum(1).tolist(),
        "given_counts": given_counts(labelled, seed_place, num_classes).tolist(),
        "noise_rate": (given != true).float().mean().item() if len(true) else 0.0,
        "noise_rates": (confused.sum(1) > 0).mul(1 - shares.diagonal()).tolist(),
        "transition": shares.tolist(),
        "labels_sha256": fingerprint(labelled.place[seed_place], given),
    }
