"""Means of bags in the place of targets."""

import torch

from tests.datasets.noise_types.real_targets import TARGETS, given


def test_every_bag_has_its_mean_and_is_as_large_as_asked():
    found = given("bag_mean", 1.0, size=5)
    values, bag, counts = found.unique(dim=0, return_inverse=True, return_counts=True)
    assert counts.tolist() == [5] * 1600
    means = torch.zeros(len(values), 2).index_add_(0, bag, TARGETS) / 5
    torch.testing.assert_close(means, values)


def test_bags_are_chosen_whole():
    found = given("bag_mean", 0.5)
    _, counts = found[(found != TARGETS).any(1)].unique(dim=0, return_counts=True)
    assert counts.unique().tolist() == [4]


def test_the_last_bag_is_what_is_left():
    found = given("bag_mean", 1.0, size=4, targets=TARGETS[:6])
    assert sorted(found.unique(dim=0, return_counts=True)[1].tolist()) == [2, 4]
