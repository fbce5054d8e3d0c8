"""A random share: its size, its stream."""

import torch

from datasets.curations.random_share import random_share
from tests.datasets.curations.cases import stream


def test_each_example_is_as_often_there():
    x = torch.zeros(20, 1)
    counts = torch.zeros(20)
    for seed in range(400):
        kept = random_share(x, stream(seed), share=0.25).kept
        assert len(kept) == 5
        assert (kept.diff() > 0).all()
        counts[kept] += 1
    assert (counts - 100).abs().max() < 5 * 75**0.5


def test_a_share_is_at_least_one_and_all_is_all():
    assert len(random_share(torch.zeros(20, 1), stream(), share=1e-9).kept) == 1
    assert torch.equal(random_share(torch.zeros(20, 1), stream(), share=1.0).kept, torch.arange(20))
