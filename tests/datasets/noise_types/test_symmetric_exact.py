"""Exact symmetric noise: as many flips in every class."""

import pytest

from tests.datasets.noise_types.flipping import K, Y, wrong


@pytest.mark.parametrize("rate", [0.2, 0.29, 0.6, 0.8])
def test_exact_counts_are_exact_in_every_class(flip, rate):
    labels = Y[: 10 * K * 10]  # a hundred of each
    flipped = wrong(flip("symmetric_exact", rate, labels=labels), labels)
    assert labels[flipped].bincount(minlength=K).tolist() == [round(100 * rate)] * K
