"""Losses of random labels that are present, absent and not known."""

import torch

from runner.catalog.example_batches import L, N, bits, examples_of
from tests.zoo import make

examples = examples_of(bits, L, L)


def loss(name, **changed):
    counts = {"class_counts": torch.tensor([4.0, 8.0, 16.0, 20.0, 2.0])}
    return make(name, num_train=N, num_classes=L, given=counts, **changed)
