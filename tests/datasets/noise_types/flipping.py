"""Labels to flip, and how many of them are wrong."""

import torch

from datasets.noise_types.open_set import Replaced
from tests.zoo import node

CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
GARMENTS = ("t-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
N, K = 20_000, 10
Y = torch.arange(N) % K
X = torch.randn(N, 6, generator=torch.Generator().manual_seed(1)) + torch.eye(K)[Y, :6]
OTHER = node("blobs", "dataset") | {"num_train": 50, "dim": 6}


def wrong(given, labels=Y):
    return given.outside >= 0 if isinstance(given, Replaced) else given != labels


def about(found, rate, n):
    """Within four standard errors of a share of n independent ones."""
    return abs(found - rate) <= 4 * (rate * (1 - rate) / n) ** 0.5 + 1e-12


def confusion(given, labels, k):
    return (labels * k + given).bincount(minlength=k * k).view(k, k)
