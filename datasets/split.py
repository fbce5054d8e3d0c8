"""The examples of one data set, before any label is flipped or any class thinned out."""

import hashlib
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
