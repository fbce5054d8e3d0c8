"""A test part that has its share of every class, drawn as scikit-learn draws it.

scikit-learn takes longer to import than the default run takes to train, and a run needs nothing else of it. So this is
its StratifiedShuffleSplit, number for number, and a test holds the two together.
"""

from math import ceil

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]


def stratified(y: Places, test_size: int | float) -> tuple[Places, Places]:
    """Places of the training and of the test examples, as train_test_split(stratify=y, random_state=0) draws them.

    Source: scikit-learn 1.9, sklearn/model_selection/_split.py and utils/extmath.py.

    Args:
        y: (N,) classes, each of at least two examples.
        test_size: how many are for testing, or which share of them, rounded up.
    Raises:
        ValueError: either part would be smaller than the number of classes.
    """
    _, of, counts = np.unique(y, return_inverse=True, return_counts=True)
    num_test = ceil(test_size * len(y)) if isinstance(test_size, float) else test_size
    parts = {"train": len(y) - num_test, "test": num_test}
    for name, size in parts.items():
        if size < len(counts):
            raise ValueError(f"{size} to {name} with are fewer than {len(counts)} classes")
    rng = np.random.RandomState(0)
    num_train = _shares(counts, parts["train"], rng)
    num_tested = _shares(counts - num_train, parts["test"], rng)
    train, test = [], []
    for members, first, then in zip(_members(of, counts), num_train, num_tested, strict=True):
        drawn = members[rng.permutation(len(members))]
        train.append(drawn[:first])
        test.append(drawn[first : first + then])
    return rng.permutation(np.concatenate(train)), rng.permutation(np.concatenate(test))


def _members(of: Places, counts: Places) -> list[Places]:
    """The places of each class, ascending."""
    return np.split(of.argsort(kind="stable"), counts.cumsum()[:-1])


def _shares(counts: Places, draws: int, rng: np.random.RandomState) -> Places:
    """How many of so many draws are of each class, (K,): in proportion, what is left to the largest remainders, and by
    lot among equal ones."""
    exact = counts / counts.sum() * draws
    shares = np.floor(exact)
    left = int(draws - shares.sum())
    for remainder in np.unique(exact - shares)[::-1]:
        if left <= 0:
            break
        (alike,) = np.where(exact - np.floor(exact) == remainder)
        chosen = rng.choice(alike, size=min(len(alike), left), replace=False)
        shares[chosen] += 1
        left -= len(chosen)
    return shares.astype(np.int64)
