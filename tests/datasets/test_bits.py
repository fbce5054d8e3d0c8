"""Strings of bits and their rules."""

import pytest
import torch

from tests.datasets.files import load


@pytest.mark.parametrize("name", ["first", "parity"])
def test_classes_follow_the_rule(name):
    split = load(name, num_train=200, num_test=100, length=5, test_length=9)
    assert (split.x.shape, split.test_x.shape) == ((200, 5), (100, 9))
    for x, y in ((split.x, split.y), (split.test_x, split.test_y)):
        assert set(x.unique().tolist()) == {0.0, 1.0}
        assert y.tolist() == [int(row[0] if name == "first" else row.sum() % 2) for row in x]
        assert 0.3 < y.double().mean() < 0.7
    assert not torch.equal(split.x[:100], split.test_x[:, :5])
