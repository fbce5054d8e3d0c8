"""Labels that people gave, from a file."""

import gzip
import re
from functools import partial

import numpy as np
import pytest
import torch

from tests.datasets.noise_types.flipping import CIFAR10, K, Y

PEOPLE = {"aggre_label": 90, "random_label1": 172, "worse_label": 402}  # of 1,000: the rates of CIFAR-10N's file


@pytest.fixture
def people(flip):
    """A file with the columns of CIFAR-10N's, a thousand rows in another order, so many of them wrong."""
    order = np.random.default_rng(0).permutation(1000)
    columns = {"index": order, "clean_label": order % K}
    for name, count in PEOPLE.items():
        columns[name] = np.where(order < count, (order + 1) % K, order % K)
    lines = [",".join(columns), *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True))]
    with gzip.open("people.csv.gz", "wt") as file:
        file.write("\n".join(lines) + "\n")
    return partial(flip, "human", file="people.csv.gz", clean="clean_label", labels=Y[:1000])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"column": "lable"}, "noise_type.column=lable: people.npz has no column lable; its columns are: label"),
        ({"clean": "true"}, "noise_type.clean=true: people.npz has no column true; its columns are: label; null where"),
        ({"classes": ("a", "b")}, "noise_type.file=people.npz: its column label holds "),
    ],
)
def test_what_a_label_file_lacks_is_named_by_its_key(flip, changed, said):
    with pytest.raises(ValueError, match="^" + re.escape(said)):
        flip("human", 1.0, **changed)


@pytest.mark.parametrize("column", PEOPLE)
def test_peoples_labels_are_found_by_number(people, column):
    given = people(1.0, column=column)
    assert (given != Y[:1000]).sum() == PEOPLE[column]
    assert torch.equal(given[: PEOPLE[column]], (Y[: PEOPLE[column]] + 1) % K)


def test_what_is_read_of_peoples_labels_is_said(people):
    told = []
    people(1.0, column="worse_label", told=told)
    (line,) = told
    assert ": 1000 rows, whose by the column index; worse_label: 10 classes: 0 " in line


def test_peoples_labels_of_some_examples_in_another_order(people):
    index = torch.arange(0, 1000, 7).flip(0)
    given = people(1.0, column="worse_label", labels=Y[index], index=index)
    assert torch.equal(given != Y[index], index < 402)


def test_peoples_labels_in_another_order_are_refused(people):
    with pytest.raises(ValueError, match="another order"):
        people(1.0, column="worse_label", index=torch.arange(1000).flip(0))


def test_peoples_labels_that_are_no_class_are_refused(people):
    with pytest.raises(ValueError, match="classes are 0 to 4"):
        people(1.0, column="worse_label", clean=None, classes=CIFAR10[:5])
