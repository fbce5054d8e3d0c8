"""Shuffling."""

import torch

from runner.data.streams import generator
from tests.parts.sampling import N, sample


def test_shuffle_is_the_permutation_that_torch_draws(labels):
    places = sample("shuffle", labels)
    assert torch.equal(places, torch.randperm(N, generator=generator("order", 0)))
    assert torch.equal(places.sort().values, torch.arange(N))
