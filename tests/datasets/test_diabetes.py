"""Diabetes: sizes, units, and which patients are for testing."""

import torch
from sklearn.datasets import load_diabetes

from tests.datasets.files import load


def test_patients_are_those_of_scikit_learn_each_once():
    split = load("diabetes")
    x, y = (torch.from_numpy(part).float() for part in load_diabetes(return_X_y=True, scaled=False))
    assert (len(split.y), len(split.test_y)) == (353, 89)
    assert torch.equal(split.x, x[split.source_index])
    assert torch.equal(split.y[:, 0], y[split.source_index])
    assert split.source_size == 442
    assert torch.equal(torch.cat([split.y, split.test_y]).sort(0).values[:, 0], y.sort().values)


def test_the_number_for_testing_is_as_asked():
    assert len(load("diabetes", test_size=42).test_y) == 42
