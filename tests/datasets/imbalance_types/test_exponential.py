"""Class sizes that fall exponentially."""

import torch

from tests.datasets.imbalance_types.subsampling import subsample


def test_the_long_tail_of_cifar10_is_the_published_one():
    """Cui et al.; 12,406 examples at a ratio of 100 and, of a hundred classes of 500, 10,847."""
    labels = torch.arange(50_000) % 10
    sizes = labels[subsample("exponential", ratio=100.0, labels=labels)].bincount().tolist()
    assert sizes == [5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50]
    hundred = torch.arange(50_000) % 100
    assert len(subsample("exponential", ratio=100.0, labels=hundred, k=100)) == 10_847
