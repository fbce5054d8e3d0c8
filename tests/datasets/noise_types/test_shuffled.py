"""Exchanged targets."""

import torch

from tests.datasets.noise_types.real_targets import TARGETS, N, changed, given


def test_the_targets_are_the_same_in_another_order():
    found = given("shuffled", 0.4)
    for column in range(2):
        assert torch.equal(found[:, column].sort().values, TARGETS[:, column].sort().values)


def test_all_targets_of_an_example_go_together():
    found = given("shuffled", 1.0)
    assert {tuple(row) for row in found.tolist()} == {tuple(row) for row in TARGETS.tolist()}


def test_nobody_keeps_its_own_and_what_is_given_says_nothing_of_the_true_one():
    found = given("shuffled", 1.0)
    assert changed(found).all()
    assert abs((found[:, 0] * TARGETS[:, 0]).mean().item()) < 4 / N**0.5


def test_a_single_chosen_example_keeps_its_target():
    one = TARGETS[:1]
    assert torch.equal(given("shuffled", 1.0, targets=one), one)
