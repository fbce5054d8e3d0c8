"""Trials that fill their space evenly."""

import math

from runner.compose.dimension import dimension
from runner.tuning.quasi_random import quasi_random

LR = dimension("optimizer.lr", "log(1e-4,1)")
KIND = dimension("loss.k", "choice(a,b,c)")
SIZE = dimension("batch_size", "int(1,4)")


def made(space, seed=0, count=8):
    return [quasi_random(space, seed, number) for number in range(1, count + 1)]


def test_each_eighth_of_a_range_has_one_of_eight_values():
    for seed in range(20):
        values = [each["optimizer.lr"] for each in made({"optimizer.lr": LR}, seed)]
        assert sorted(int(2 * (math.log10(value) + 4)) for value in values) == list(range(8))


def test_choices_and_whole_numbers_are_met_alike():
    found = [(each["loss.k"], each["batch_size"]) for each in made({"loss.k": KIND, "batch_size": SIZE}, count=36)]
    for place, values in enumerate(("abc", (1, 2, 3, 4))):
        counts = [[each[place] for each in found].count(value) for value in values]
        assert sum(counts) == 36
        assert max(counts) - min(counts) <= 2


def test_a_key_has_the_same_values_whatever_keys_come_after_it():
    alone, both = made({"optimizer.lr": LR}), made({"optimizer.lr": LR, "loss.k": KIND})
    assert [each["optimizer.lr"] for each in both] == [each["optimizer.lr"] for each in alone]


def test_another_seed_has_other_values():
    assert not {each["optimizer.lr"] for each in made({"optimizer.lr": LR}, 1)} & {
        each["optimizer.lr"] for each in made({"optimizer.lr": LR})
    }


def test_a_space_without_keys_has_one_point():
    assert made({}, count=2) == [{}, {}]
