"""Batches that have equally many examples of each class in each environment."""

import pytest
import torch

from runner.console.errors import ConfigError
from runner.data.streams import generator
from runner.training.run import run
from tests.parts.sampling import sampler

LABELS = torch.tensor([0] * 30 + [1] * 10 + [0] * 4 + [1] * 16)
DOMAIN = torch.tensor([0] * 40 + [2] * 20)  # environment 1 has no example
GROUPS = LABELS + 2 * DOMAIN


def drawn(labels=LABELS):
    return sampler("group_balanced", labels, domain=DOMAIN)(labels, generator("order", 0))


def test_a_class_of_one_environment_is_no_other_class_of_another():
    """Class 1 of environment 0 has 10 examples, and class 0 of environment 1 has 4."""
    where = torch.where(DOMAIN == 2, 1, 0)
    counts = GROUPS[sampler("group_balanced", LABELS, domain=where)(LABELS, generator("order", 0))].bincount()
    assert counts[counts > 0].tolist() == [15, 15, 15, 15]


@pytest.mark.parametrize("batch_size", [4, 12, 20])
def test_a_batch_has_equally_many_of_each_group_that_has_examples(batch_size):
    for batch in drawn().split(batch_size):
        counts = GROUPS[batch].bincount()
        assert set(counts[counts > 0].tolist()) == {batch_size // 4}


def test_a_group_that_has_no_example_is_left_out():
    labels = torch.where(DOMAIN == 2, 1, LABELS)
    counts = (labels + 2 * DOMAIN)[drawn(labels)].bincount()
    assert counts.tolist() == [20, 20, 0, 0, 0, 20]


def test_all_of_a_group_come_by_before_one_comes_again():
    times = drawn().bincount(minlength=60)
    assert times[:30].max() == 1
    assert set(times[30:40].tolist()) == {1, 2}
    assert set(times[40:44].tolist()) == {3, 4}


def test_a_data_set_without_environments_is_refused(compose):
    with pytest.raises(ConfigError, match=r"^sampler \(.*group_balanced\): this data set has no environments"):
        next(run(**compose("sampler=group_balanced")))


def test_numbers_have_no_groups(compose):
    with pytest.raises(ConfigError, match="sampler=group_balanced"):
        compose("dataset=diabetes", "sampler=group_balanced")
