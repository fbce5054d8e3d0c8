"""A network that is its last layer, what a method is made of with it, and batches for it."""

import torch
from torch import nn

from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from tests.zoo import make


class Network(nn.Module):
    """features(x) is x, (B, features); the head is linear."""

    def __init__(self, features, classes):
        super().__init__()
        self.body = nn.Sequential(nn.Flatten())
        self.head = nn.Linear(features, classes)

    def features(self, x):
        return self.body(x)

    def forward(self, x):
        return self.head(self.features(x))


def parts(features, classes):
    torch.manual_seed(0)
    return Network(features, classes).double(), Criterion(make("ce", num_train=9, num_classes=classes)), Penalties({})


def batch_of(x, labels, **draws):
    return Batch(x, torch.tensor(labels), torch.arange(len(labels)), draws)
