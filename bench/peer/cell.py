"""The demo's cell, loss=gce noise=0.6, from nothing but scikit-learn, torchvision and torch."""

from typing import NamedTuple

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor

EPOCHS, BATCH, NOISE, Q = 60, 64, 0.6, 0.7


class Digits(NamedTuple):
    """Pictures (N, 1, 8, 8) of 0 to 16 and labels (N,), those for training partly wrong."""

    x: Tensor
    y: Tensor
    test_x: Tensor
    test_y: Tensor
    mean: Tensor = torch.tensor([4.886])
    std: Tensor = torch.tensor([6.018])


def digits(seed: int) -> Digits:
    """The usual split, and labels of which each becomes, with probability NOISE, one of the nine others."""
    x, y = load_digits(return_X_y=True)
    train, test = train_test_split(np.arange(len(y)), test_size=360, stratify=y, random_state=0)
    random = np.random.default_rng(seed)
    others = (y[train] + random.integers(1, 10, len(train))) % 10
    given = np.where(random.random(len(train)) < NOISE, others, y[train])
    pixels = torch.from_numpy(x).to(torch.uint8).view(-1, 1, 8, 8)
    return Digits(pixels[train], torch.from_numpy(given), pixels[test], torch.from_numpy(y[test]))


def gce(logits: Tensor, labels: Tensor) -> Tensor:
    """Generalized cross-entropy (Zhang and Sabuncu, NeurIPS 2018), the mean of a batch."""
    p = logits.softmax(1).gather(1, labels[:, None])
    return ((1 - p**Q) / Q).mean()
