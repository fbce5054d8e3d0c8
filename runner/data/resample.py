"""Training and test examples of a seed, drawn anew from all examples of a data set: what they are is chance as well.

A data set's own division is one draw. Bouthillier et al., "Accounting for Variance in Machine Learning Benchmarks",
MLSys 2021 (arXiv:2103.03098), find it to be the largest source of variance of a benchmark, and draw it anew by
bootstrap, with what was not drawn for testing (out of bootstrap). Ours is stratified by class, as folds are.
"""

import torch
from torch import Generator, Tensor

from datasets.holdout import Parting, parted
from datasets.split import Split, together
from runner.data.streams import generator


def resampled(split: Split, how: str, key: int) -> Split:
    """The same examples, otherwise divided.

    "bootstrap" draws as many as there were for training, with replacement, from all; those not drawn, about
    e^(-N/(N+M)) of all, are for testing. An example that was drawn several times is there once, with its number of
    `copies`, so that all of them have one label and are on one side of what is held out for validation. "folds" has
    folds as large as the test part was: key 0 is tested on the first, and after the last a new division begins. What
    inputs are normalised by stays.

    Args:
        how: bootstrap | folds.
        key: of the draw.
    Raises:
        ValueError: the examples for training are not exchangeable with those for testing: they have environments,
            groups, an order, labels of annotators or a truth of tested ones, or inputs of another shape.
    """
    _check(split, how)
    x, y, numbers = together(split)
    if how == "folds":
        folds = max(round(len(y) / len(split.test_y)), 2)
        train, test = parted(y, split.classes, Parting(0.0, key, folds))
        copies = None
    else:
        drawn = _with_replacement(_strata(y), len(split.y), generator("resample", key)).bincount(minlength=len(y))
        train, test = drawn.nonzero()[:, 0], (drawn == 0).nonzero()[:, 0]
        copies = drawn[train]
    return split._replace(
        x=x[train], y=y[train], test_x=x[test], test_y=y[test], copies=copies,
        source_index=numbers[train], source_size=int(numbers.max()) + 1,
    )  # fmt: skip


def _strata(y: Tensor) -> Tensor:
    """(N,) classes; numbers and labels are all alike."""
    return y if y.dim() == 1 else torch.zeros(len(y), dtype=torch.int64)


def _with_replacement(strata: Tensor, first: int, draw: Generator) -> Tensor:
    """Places of examples, of each class as many as there are of it among the `first`."""
    size = strata[:first].bincount(minlength=int(strata.max()) + 1)
    places = [(strata == k).nonzero()[:, 0] for k in range(len(size))]
    drawn = (torch.randint(max(len(its), 1), (int(n),), generator=draw) for its, n in zip(places, size, strict=True))
    return torch.cat([its[at] for its, at in zip(places, drawn, strict=True)])


def _check(split: Split, how: str) -> None:
    kept_apart = {
        "environments": split.domain, "groups": split.group, "an order": split.order,
        "labels of annotators": split.given, "a truth of tested ones alone": split.truth,
    }  # fmt: skip
    why = [f"have {what}" for what, its in kept_apart.items() if its is not None]
    if split.x.shape[1:] != split.test_x.shape[1:] or split.x.dtype != split.test_x.dtype:
        why.append("are of another shape than those for testing")
    if why:
        raise ValueError(f"resample={how}: goes without it, for training examples of this data set {' and '.join(why)}")
