"""The examples of one data set, before any label is flipped or any class thinned out."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor


class Split(NamedTuple):
    """Training and test examples, as they are stored.

    Attributes:
        x: (N, ...) training inputs; images are uint8 of shape (N, C, H, W), vectors float32 of shape (N, D).
        y: (N,) int64 true classes in [0, K).
        test_x: (M, ...) test inputs.
        test_y: (M,) int64 true classes.
        classes: K names.
        mean: what the loader subtracts, in units of x; broadcastable to one example.
        std: what it divides by then.
    """

    x: Tensor
    y: Tensor
    test_x: Tensor
    test_y: Tensor
    classes: tuple[str, ...]
    mean: Tensor
    std: Tensor

    def to(self, device: torch.device) -> "Split":
        x, y, test_x, test_y, mean, std = (t.to(device) for t in self if isinstance(t, Tensor))
        return Split(x, y, test_x, test_y, self.classes, mean, std)


def view(split: Split, classes: Sequence[int]) -> Split:
    """Only some classes, numbered anew in the order given: `classes=[3, 5]` is a two-class data set.

    Raises:
        ValueError: fewer than two classes, one twice, or one that is not there.
    """
    if len(set(classes)) != len(classes) or len(classes) < 2:
        raise ValueError("must be two or more different classes")
    if not set(classes) <= set(range(len(split.classes))):
        raise ValueError(f"must be within 0 to {len(split.classes) - 1}")
    number = torch.full((len(split.classes),), -1)
    number[list(classes)] = torch.arange(len(classes))
    train, test = number[split.y] >= 0, number[split.test_y] >= 0
    return split._replace(
        x=split.x[train],
        y=number[split.y[train]],
        test_x=split.test_x[test],
        test_y=number[split.test_y[test]],
        classes=tuple(split.classes[k] for k in classes),
    )


def fingerprint(*tensors: Tensor) -> str:
    """SHA-256 of shapes, types and contents, in hexadecimal: equal exactly when the data are.

    >>> zeros = fingerprint(torch.zeros(2))
    >>> zeros == fingerprint(torch.zeros(2)), zeros == fingerprint(torch.ones(2))
    (True, False)
    """
    digest = hashlib.sha256()
    for tensor in tensors:
        array = np.ascontiguousarray(tensor.detach().cpu().numpy())
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(array.data)
    return digest.hexdigest()
