"""Asymmetric noise: the published pairs of classes, blocks, and pairs of one's own."""

import json

import pytest
import torch

from datasets.noise_types import _pairs
from tests.datasets.noise_types.flipping import CIFAR10, GARMENTS, K, Y, confusion

MAPS = {
    CIFAR10: {9: 1, 2: 0, 3: 5, 5: 3, 4: 7},
    tuple("0123456789"): {7: 1, 2: 7, 5: 6, 6: 5, 3: 8},
    GARMENTS: {9: 7, 7: 5, 2: 6, 4: 3, 3: 4},
}


@pytest.mark.parametrize("classes", MAPS, ids=lambda names: names[0])
def test_asymmetric_noise_flips_exact_counts_along_the_published_pairs(flip, classes):
    labels = Y[:2000]
    found = confusion(flip("asymmetric", 0.4, labels=labels, classes=classes), labels, K)
    expected = 200 * torch.eye(K, dtype=torch.int64)
    for source, target in MAPS[classes].items():
        expected[source, source], expected[source, target] = 120, 80
    assert torch.equal(found, expected)


def test_the_superclasses_of_cifar100_are_twenty_rings_of_five():
    lines = [line.split() for line in _pairs.CIFAR100.strip().splitlines()]
    names = sorted(name for line in lines for name in line)
    assert len(lines) == 20
    assert len(set(names)) == 100
    after = dict(_pairs.published(names))
    assert names[after[names.index("whale")]] == "beaver"
    assert names[after[names.index("beaver")]] == "dolphin"
    for k in range(100):
        ring = [k := after[k] for _ in range(5)]
        assert len(set(ring)) == 5


def test_blocks_are_five_consecutive_classes(flip):
    given = flip("asymmetric", 1.0, labels=torch.arange(10), pairs="blocks")
    assert given.tolist() == [1, 2, 3, 4, 0, 6, 7, 8, 9, 5]


def test_pairs_of_ones_own(flip):
    given = flip("asymmetric", 1.0, labels=torch.arange(3), classes=("a", "b", "c"), pairs=[[2, 0]])
    assert given.tolist() == [0, 1, 0]


@pytest.mark.parametrize("classes", [("3", "5"), ("a", "b", "c"), tuple("abcde")])
def test_what_is_suggested_in_the_place_of_published_pairs_can_be(flip, classes):
    labels = torch.arange(len(classes))
    with pytest.raises(ValueError, match="none for these class names") as error:
        flip("asymmetric", 1.0, labels=labels, classes=classes, pairs="published")
    suggested = str(error.value).partition("such as noise_type.pairs=")[2].partition(" ")[0]
    given = flip("asymmetric", 1.0, labels=labels, classes=classes, pairs=json.loads(suggested))
    assert given.tolist() == [1, 0, *range(2, len(classes))]
    if "noise_type.pairs=blocks" in str(error.value):
        assert flip("asymmetric", 1.0, labels=labels, classes=classes, pairs="blocks").tolist() == [1, 2, 3, 4, 0]
    else:
        with pytest.raises(ValueError, match="do not divide"):
            flip("asymmetric", 1.0, labels=labels, classes=classes, pairs="blocks")


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ("published", "none for these class names"),
        ("blocks", "do not divide 3"),
        ([[0, 3]], "within 0 to 2"),
        ([[0, 0]], "different classes"),
        ([[0]], "pairs"),
        ([], "pairs"),
        ([[0, 1], [0, 2]], "one other only"),
    ],
)
def test_pairs_that_cannot_be_are_refused(flip, pairs, said):
    with pytest.raises(ValueError, match=said):
        flip("asymmetric", 0.4, labels=torch.arange(3), classes=("a", "b", "c"), pairs=pairs)
