"""Test examples, and validation examples, for a source that names none."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from datasets.stratified import stratified


class Parting(NamedTuple):
    """How a test part is split off.

    Attributes:
        test_size: which share of the examples it is; by groups, about so many.
        fold: which of `folds` parts it is instead, each a fold in turn: fold + folds is of another division. "seed" is
            each seed's own, and replaced before a data set is made. None takes test_size.
        folds: how many parts there are.
    """

    test_size: float
    fold: int | str | None = None
    folds: int = 5

    @property
    def said(self) -> str:
        return f"test_size={self.test_size}" if self.fold is None else f"fold={self.fold} of folds={self.folds}"


def holdout(y: Tensor, test_size: int | float, classes: Sequence[str]) -> tuple[Tensor, Tensor]:
    """Places of the training and of the test examples: stratified by class, and the same for every seed.

    As scikit-learn's train_test_split with random_state 0: see stratified.py.

    Args:
        y: (N,) classes; or (N, D) numbers or labels, by which nothing is stratified.
        test_size: how many are for testing, or which share of them.
        classes: K names, for messages.
    Raises:
        ValueError: a class has a single example, or there would be too few on one side.
    """
    strata = _strata(y).numpy()
    return _places(lambda: stratified(strata, test_size), y, classes, f"test_size={test_size}")


def parted(
    y: Tensor, classes: Sequence[str], how: Parting, group: Tensor | None = None, order: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Places of the training and of the test examples, the same for every seed.

    As scikit-learn's train_test_split, or by its StratifiedKFold or StratifiedGroupKFold, shuffled with random_state
    0 (of folds: fold // folds, so that fold = folds begins another division).

    Args:
        y: as of holdout.
        classes: K names, for messages.
        how: see Parting.
        group: (N,) numbers of groups; examples of one group are all on one side.
        order: (N,) ranks: the test part is the last of the order, and examples of one rank are all on one side.
    Raises:
        ValueError: two of group, order and fold ask for different things; a class has a single example; or there would
            be too few on one side.
    """
    if order is not None:
        if how.fold is not None or group is not None:
            raise ValueError(f"order: goes without {'fold' if how.fold is not None else 'group'}")
        return _last(y, classes, how, order)
    if how.fold is None and group is None:
        return holdout(y, how.test_size, classes)
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold  # a second, which few data sets need

    folds, number = (max(round(1 / how.test_size), 2), 0) if how.fold is None else (how.folds, int(how.fold))
    kind = StratifiedKFold if group is None else StratifiedGroupKFold
    groups = None if group is None else group.numpy()
    strata = _strata(y).numpy()

    def split() -> Any:
        if groups is not None and len(set(groups.tolist())) < folds:
            raise ValueError("fewer groups than parts")
        division = kind(folds, shuffle=True, random_state=number // folds)
        return list(division.split(np.zeros(len(y)), strata, groups))[number % folds]

    return _places(split, y, classes, how.said)


def _last(y: Tensor, classes: Sequence[str], how: Parting, order: Tensor) -> tuple[Tensor, Tensor]:
    ranks = order.sort().values
    cut = ranks[min(round((1 - how.test_size) * len(y)), len(y) - 1)]
    test = order >= cut
    if test.all():
        raise ValueError(f"{how.said}: leaves nothing to train with, for the first value of order is too frequent")
    return (~test).nonzero()[:, 0], test.nonzero()[:, 0]


def _places(
    split: Callable[[], tuple[NDArray[np.int64], NDArray[np.int64]]], y: Tensor, classes: Sequence[str], said: str
) -> tuple[Tensor, Tensor]:
    counts = _strata(y).bincount()
    if y.dim() == 1 and (counts == 1).any():
        name = classes[int((counts == 1).nonzero()[0])]
        raise ValueError(f"class {name} has a single example, too few to train and test with")
    try:
        train, test = split()
    except ValueError as error:
        size = f"{len(y)} examples" + f" of {len(classes)} classes" * (y.dim() == 1)
        raise ValueError(f"{said}: leaves too few of {size} to train or to test with ({error})") from error
    return torch.from_numpy(np.asarray(train)), torch.from_numpy(np.asarray(test))


def _strata(y: Tensor) -> Tensor:
    """(N,) what a part is to have its share of: classes; numbers and labels are all alike."""
    return y if y.dim() == 1 else torch.zeros(len(y), dtype=torch.int64)


def last_or_groups(y: Tensor, share: float, group: Tensor | None, order: Tensor | None) -> Tensor:
    """(N,) which examples are held out: the last of an order, or whole groups, about such a share of each class, if
    y (N,) are classes.

    Raises:
        ValueError: there are too few groups, or too few values of the order.
    """
    names = [str(k) for k in range(int(_strata(y).max()) + 1)]
    _, held = parted(y, names, Parting(share), group, order)
    return torch.zeros(len(y), dtype=torch.bool).index_fill(0, held, value=True)
