"""What each seed is trained on: the training set thinned out, targets changed, then a part held out, in this order."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from datasets.holdout import last_or_groups
from datasets.noise_types.candidates import Candidates
from datasets.noise_types.open_set import Replaced
from datasets.split import Split
from runner.data.streams import generator, keys
from runner.data.targets import CandidateSets, Targets, targets_of


class Labelled(NamedTuple):
    """Some training examples of S seeds, each seed with its own choice and its own labels.

    Attributes:
        place: (S, N) where in Split.x they stand.
        given: (S, N, ...) the targets that training sees: labels, numbers of mean 0 and deviation 1, or bits.
        true: (S, N, ...) the targets before any was changed; -1 where open-set noise put an input of no class.
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
        targets: what kind they are.
        test: (M, ...) targets of the test examples, as `true` has those of training; or Split.truth, if there is one.
        class_sizes: (K,) or (L,) training examples of each true class or label, those included whose input was
            replaced, of the last seed; of classes the same for every seed. (0,) of numbers.
        thinned: were examples of some class left out?
        read: what was read, a line a source, files of labels included.
        mask: (S, ...) bool of the shape of an input, which of its numbers each seed sees; None where all see all.
    """

    split: Split
    train: Labelled
    val: Labelled
    targets: Targets
    test: Tensor
    class_sizes: Tensor
    thinned: bool
    read: tuple[str, ...] = ()
    mask: Tensor | None = None


def protocol(
    split: Split,
    seeds: Sequence[int],
    *,
    noise: float,
    noise_type: Callable[..., Tensor | Replaced],
    noise_seed: int | None,
    split_seed: int | None,
    imbalance: float,
    imbalance_type: Callable[..., Tensor],
    val_fraction: float,
    val_labels: str | bool,
) -> Prepared:
    """Training and validation examples of every seed, on the CPU.

    How many examples there are, and of each true class, depends on the arguments alone: all seeds have equally many.

    Args:
        noise: rate, in [0, 1], of `noise_type`; see datasets/noise_types.
        noise_seed: the realisation that all seeds share, or None for one of its own each.
        split_seed: likewise of what is left out and what is held out.
        imbalance: ratio, at least 1, of `imbalance_type`; see datasets/imbalance_types.
        val_fraction: share of each class of the thinned set that is held out.
        val_labels: "given" if these are noisy like the rest, True if neither their labels nor inputs are touched.
    Raises:
        ValueError, FileNotFoundError: it cannot be as asked.
    """
    targets = targets_of(split)
    true_y, test_y = targets.made(split.y), targets.made(split.test_y) if split.truth is None else split.truth
    own = true_y if split.given is None else targets.made(split.given)
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
    for noise_key, split_key in zip(keys(seeds, noise_seed), keys(seeds, split_seed), strict=True):
        stream = generator("imbalance", split_key)
        kept = _kept(split, imbalance_type, imbalance, stream)
        # what is whole is handed over as it is, not copied: a noise type may remember what it found out about it
        y, x, number = ((t if len(kept) == len(t) else t[kept]) for t in (own, split.x, numbers))
        stream = generator("noise", noise_key)
        offered = {targets.asked: y, "x": x, "source_index": number, "rate": noise, "generator": stream}
        given = call(noise_type, **offered, **shared) if _acts_on(noise_type, targets) else y
        if isinstance(given, Candidates):
            targets, given = CandidateSets(split), given.given
        clean = Labelled(kept, true_y[kept], true_y[kept])
        noisy = clean._replace(given=given)
        if isinstance(given, Replaced):
            pool, outside = given.pool, given.outside >= 0
            place, true = (len(split.y) + given.outside).where(outside, kept), clean.true.masked_fill(outside, -1)
            noisy = Labelled(place, given.given, true)
        # changed before it is held out: an example's target does not depend on val_fraction
        held = _held(split, targets, clean, val_fraction, split_key)
        train.append(_copied(Labelled(*(part[~held] for part in noisy)), split.copies, kept[~held]))
        val.append(Labelled(*(part[held] for part in (noisy if val_labels == "given" else clean))))
        left = clean.true[~held]
        targets.check_left(left, val_fraction)
    extended = split._replace(x=torch.cat([split.x, pool])) if len(pool) else split
    thinned = len(kept) < len(split.y)
    parts = _stacked(train), _stacked(val)
    return Prepared(extended, *parts, targets, test_y, targets.sizes(left), thinned, tuple(read))


def _kept(split: Split, imbalance_type: Callable[..., Tensor], ratio: float, stream: torch.Generator) -> Tensor:
    """Places of the examples that are left; all where there are no classes to thin out."""
    if split.y.is_floating_point():
        return torch.arange(len(split.y))
    return imbalance_type(labels=split.y, num_classes=len(split.classes), ratio=ratio, generator=stream)


def _acts_on(noise_type: Callable[..., Any], targets: Targets) -> bool:
    """Does it ask for such targets? Where it does not, its rate is 0: see runner/compose/fit.py."""
    return targets.asked in inspect.signature(noise_type).parameters


def call(function: Callable[..., Any], **offered: Any) -> Any:
    """`function` with those of `offered` that it names."""
    wanted = inspect.signature(function).parameters
    return function(**{name: value for name, value in offered.items() if name in wanted})


def _held(split: Split, targets: Targets, examples: Labelled, fraction: float, key: int) -> Tensor:
    """Which examples are for validation. Groups, and the last of an order, are the same for all seeds, so that all have
    equally many."""
    if split.validation is not None:
        return _part(split.validation, examples.place, fraction, key)
    if not fraction or (split.group is None and split.order is None):
        return targets.held(examples.true, fraction, generator("split", key))
    if len(examples.true) < len(split.y):
        what = "group" if split.order is None else "order"
        raise ValueError(
            f"val_fraction={fraction:g}: goes without imbalance where dataset.{what} says what is held out"
        )
    return last_or_groups(examples.true, fraction, split.group, split.order)


def _part(validation: Tensor, place: Tensor, fraction: float, key: int) -> Tensor:
    """Which of the examples at these places are of a seed's part."""
    if fraction:
        raise ValueError(f"val_fraction={fraction:g}: must be 0, for dataset.validated_on says what is held out")
    return validation[place] == key % (int(validation.max()) + 1)


def _copied(train: Labelled, copies: Tensor | None, kept: Tensor) -> Labelled:
    """Training examples, those at places `kept` of the data set, each as often as it is trained on."""
    return train if copies is None else Labelled(*(part.repeat_interleave(copies[kept], 0) for part in train))


def _stacked(parts: list[Labelled]) -> Labelled:
    return Labelled(*(torch.stack(tensors) for tensors in zip(*parts, strict=True)))


def domain_of(prepared: Prepared, i: int) -> Tensor | None:
    """(N,) the environment of each training example of seed number `i`; None where there are none."""
    domain, place = prepared.split.domain, prepared.train.place[i]
    # inputs that open-set noise brings come after the data set's own, and are from none of its environments
    return None if domain is None or place.max() >= len(domain) else domain[place]


def audited(prepared: Prepared, seed_place: int) -> dict[str, Any]:
    """What was realised for one seed, for its provenance: the size of every class before, and the two parts."""
    return {
        "source_class_counts": prepared.targets.sizes(prepared.split.y).tolist(),
        "train": prepared.targets.recorded(*(part[seed_place] for part in prepared.train)),
        "val": prepared.targets.recorded(*(part[seed_place] for part in prepared.val)),
    }
