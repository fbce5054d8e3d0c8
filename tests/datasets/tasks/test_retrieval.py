"""Classes for training and others for testing."""

import pytest
import torch

from datasets.blobs import blobs
from datasets.tasks.retrieval import retrieval


def split(classes=5):
    return blobs(num_train=60, num_test=40, num_classes=classes, dim=3, distance=3.0)


def parted_at(unseen, held_out="examples", **changed):
    return retrieval(split()._replace(**changed), unseen=unseen, held_out=held_out)


def test_no_class_is_on_both_sides():
    whole, parted = split(), parted_at(0.4)
    assert parted.y.unique().tolist() == [0, 1, 2]
    assert parted.test_y.unique().tolist() == [3, 4]
    assert parted.classes == whole.classes[:3]
    assert len(parted.y) == (whole.y < 3).sum()
    torch.testing.assert_close(parted.x, whole.x[whole.y < 3])
    torch.testing.assert_close(parted.test_x, whole.test_x[whole.test_y >= 3])


def test_examples_keep_their_numbers():
    whole, parted = split(), parted_at(0.4)
    assert parted.source_index.tolist() == (whole.y < 3).nonzero()[:, 0].tolist()
    assert parted.source_size == len(whole.y)


@pytest.mark.parametrize("unseen", [0.05, 0.9])
def test_two_classes_at_least_are_for_each(unseen):
    with pytest.raises(ValueError, match=f"task.unseen={unseen}: leaves"):
        parted_at(unseen)


def test_labels_of_annotators_that_leave_the_classes_are_refused():
    with pytest.raises(ValueError, match="confuse classes for training with those for testing"):
        parted_at(0.4, given=torch.full((60,), 4))


def test_classes_are_not_held_out_beside_groups():
    with pytest.raises(ValueError, match="held_out=classes: goes without dataset"):
        parted_at(0.4, "classes", group=torch.arange(60))
    assert parted_at(0.4, "classes").whole_classes
    assert not parted_at(0.4, "examples", group=torch.arange(60)).whole_classes
