"""A network that is its last layer, and the cross-entropy that it is trained by."""

import torch
from torch import nn

from runner.objective.criterion import Criterion, Penalties
from tests.zoo import make


class Affine(nn.Module):
    """Features are the inputs, logits are x @ weight.T."""

    def __init__(self, weight):
        super().__init__()
        self.body = nn.Sequential(nn.Flatten())
        self.head = nn.Linear(weight.shape[1], weight.shape[0], bias=False, dtype=torch.float64)
        self.head.weight = nn.Parameter(weight)

    def features(self, x):
        return self.body(x)


def ce(num_classes):
    return Criterion(make("ce", num_train=8, num_classes=num_classes)), Penalties({})
