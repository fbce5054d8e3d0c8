"""Random labels that are present, absent and not known, and losses of them."""

import torch

from tests.losses.any_targets import B, N, examples_of
from tests.zoo import make

L = 5


def bits(generator):
    """(B, L) of 1, 0 and -1; each example knows of a label."""
    drawn = torch.randint(-1, 2, (B, L), generator=generator).float()
    drawn[torch.arange(B), torch.randint(L, (B,), generator=generator)] = 1
    return drawn


examples = examples_of(bits, L)


def loss(name, **changed):
    counts = {"class_counts": torch.tensor([4.0, 8.0, 16.0, 20.0, 2.0])}
    return make(name, num_train=N, num_classes=L, given=counts, **changed)
