"""The digits of scikit-learn."""

import torch
from sklearn.datasets import load_digits

from datasets.split import fingerprint
from tests.datasets.files import load


def test_digits_are_split_by_class_and_stay_bytes():
    split = load("digits")
    assert split.x.shape == (1437, 1, 8, 8)
    assert split.test_x.shape == (360, 1, 8, 8)
    assert split.x.dtype == torch.uint8
    assert split.y.bincount().min() >= 139
    assert split.test_y.bincount().tolist() == [36, 36, 35, 37, 36, 37, 36, 36, 35, 36]
    normal = (split.x.float() - split.mean) / split.std
    assert abs(normal.mean().item()) < 1e-3
    assert abs(normal.std().item() - 1) < 1e-3
    assert fingerprint(*split[:4]) == fingerprint(*load("digits")[:4])


def test_they_are_scikit_learns():
    x, y = load_digits(return_X_y=True)
    split = load("digits")
    assert split.x.flatten(1).tolist() == x[split.source_index].tolist()
    assert split.y.tolist() == y[split.source_index].tolist()
