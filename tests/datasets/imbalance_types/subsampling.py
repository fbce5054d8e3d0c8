"""Labels whose classes are subsampled."""

import torch

from runner.nodes.build import bind
from tests.zoo import node

K = 10
Y = torch.arange(5000) % K
PROFILES = {  # of ten classes of 500, at a ratio of 10
    "exponential": [500, 387, 299, 232, 179, 139, 107, 83, 64, 50],
    "step": [500] * 5 + [50] * 5,
    "binary": [500, 50] + [500] * 8,
    "custom": [7, 500, 1] + [20] * 7,
}


def subsample(name, ratio=10.0, seed=0, labels=Y, k=K, **changed):
    settings = node(name, "imbalance_type") | ({"counts": PROFILES["custom"]} if name == "custom" else {}) | changed
    stream = torch.Generator().manual_seed(seed)
    ratio = 1.0 if name == "custom" else ratio
    return bind("imbalance_type", settings)(labels=labels, num_classes=k, ratio=ratio, generator=stream)
