"""Blobs."""

from tests.datasets.files import load


def test_blobs_are_as_large_as_asked():
    split = load("blobs", num_train=10, num_test=4, num_classes=3, dim=5)
    assert split.x.shape == (10, 5)
    assert split.test_y.tolist() == [1, 2, 0, 1]
    assert len(split.classes) == 3
