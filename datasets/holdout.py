"""Test examples for a source that names none."""

from collections.abc import Sequence

import numpy as np
import torch
from sklearn.model_selection import train_test_split
from torch import Tensor


def holdout(y: Tensor, test_size: int | float, classes: Sequence[str]) -> tuple[Tensor, Tensor]:
    """Places of the training and of the test examples: stratified by class, and the same for every seed.

    scikit-learn's train_test_split with random_state 0.

    Args:
        y: (N,) classes.
        test_size: how many are for testing, or which share of them.
        classes: K names, for messages.
    Raises:
        ValueError: a class has a single example, or there would be too few on one side.
    """
    counts = y.bincount()
    if (counts == 1).any():
        name = classes[int((counts == 1).nonzero()[0])]
        raise ValueError(f"class {name} has a single example, too few to train and test with")
    try:
        train, test = train_test_split(np.arange(len(y)), test_size=test_size, stratify=y.numpy(), random_state=0)
    except ValueError as error:
        size = f"{len(y)} examples of {len(classes)} classes"
        raise ValueError(f"test_size={test_size}: leaves too few of {size} to train or to test with") from error
    return torch.from_numpy(train), torch.from_numpy(test)
