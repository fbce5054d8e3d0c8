"""Splits: views of some classes, and what cannot be."""

import pytest
import torch

from datasets.split import view
from tests.datasets.files import load


def test_a_view_has_only_its_classes_numbered_anew():
    split = load("blobs", num_train=40, num_test=20, num_classes=4)
    seen = view(split, [3, 1])
    assert seen.classes == ("blob 3", "blob 1")
    assert torch.equal(seen.x[seen.y == 0], split.x[split.y == 3])
    assert torch.equal(seen.test_x[seen.test_y == 1], split.test_x[split.test_y == 1])
    assert len(seen.y) == 20


def test_a_view_is_of_a_source_as_large_as_before():
    assert view(load("digits"), [3, 5]).numbers()[1] == 1797
    index, size = view(load("blobs", num_train=40, num_classes=4), [3, 1]).numbers()
    assert index.tolist() == [i for i in range(40) if i % 2]
    assert size == 40


@pytest.mark.parametrize("classes", [[1], [1, 1], [0, 4], []])
def test_a_view_that_cannot_be_is_refused(classes):
    with pytest.raises(ValueError, match="must be"):
        view(load("blobs"), classes)


def blobs(**changed):
    return load("blobs", num_train=8, num_test=4, num_classes=4)._replace(**changed)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"y": torch.tensor([0, 1, 2, 3, 0, 1, 2, 4])}, "training label 4, out of the range 0 to 3"),
        ({"test_y": torch.tensor([0, 1, 2, -1])}, "test label -1"),
        ({"given": torch.tensor([0, 1, 2, 3, 0, 1, 2, 9])}, "given label 9"),
        ({"y": torch.tensor([0, 1, 2, 2, 0, 1, 2, 2])}, "class blob 3 has no training example"),
        ({"y": torch.zeros(0, dtype=torch.int64)}, "no training examples"),
        ({"test_x": torch.zeros(3, 8)}, "3 test inputs but 4 labels"),
        ({"classes": ("one",)}, "1 class;"),
    ],
)
def test_a_data_set_that_cannot_be_is_refused(changed, said):
    with pytest.raises(ValueError, match=said):
        blobs(**changed).checked()
    assert blobs().checked()


def numbers(y, test_y=None, names=()):
    y = torch.as_tensor(y)
    return blobs(y=y, test_y=y[:4] if test_y is None else torch.as_tensor(test_y), classes=names)


COLUMN = torch.arange(8.0)[:, None]


@pytest.mark.parametrize(
    ("split", "said"),
    [
        (numbers(COLUMN.long()), "training targets of type int64; must be float32"),
        (numbers(COLUMN, COLUMN[:4].long()), "test targets of type int64"),
        (numbers(COLUMN[:, :0]), r"training targets of shape \(8, 0\)"),
        (numbers(COLUMN, COLUMN[:4, 0]), r"test targets of shape \(4,\)"),
        (numbers(COLUMN * 1e9), r"training target of 7e\+09, beyond 1e\+09; measure it in a larger unit"),
        (numbers(COLUMN, COLUMN[:4] * -1e30), r"test target of 3e\+30"),
        (numbers(COLUMN.log()), "training target that is not finite"),
        (numbers(COLUMN * 0 + 1), "target that never varies"),
        (numbers((COLUMN > 3).long(), names=("a",)), "training targets of type int64"),
        (numbers(COLUMN > 3, names=("a",)), "training targets of type bool"),
        (numbers(COLUMN / 2, names=("a",)), "neither 0 nor 1"),
    ],
)
def test_numbers_and_labels_that_cannot_be_are_refused(split, said):
    with pytest.raises(ValueError, match=said):
        split.checked()


def test_numbers_and_labels_that_can_be_are_not():
    assert numbers(COLUMN).checked()
    assert numbers((COLUMN > 3).float(), names=("a",)).checked()


def test_a_view_takes_along_what_belongs_to_its_examples():
    split = blobs(given=torch.arange(8) % 4, domain=torch.arange(8), test_domain=torch.arange(4))
    seen = view(split, [3, 1])
    assert seen.source_index.tolist() == seen.domain.tolist() == [1, 3, 5, 7]
    assert seen.given.tolist() == seen.y.tolist() == [1, 0, 1, 0]
    assert seen.test_domain.tolist() == [1, 3]


def test_a_view_that_the_data_sets_own_labels_leave_is_refused():
    with pytest.raises(ValueError, match="confuse these classes with others"):
        view(blobs(given=torch.tensor([1, 2, 3, 0] * 2)), [0, 1])
