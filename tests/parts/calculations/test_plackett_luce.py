"""Likelihoods of rankings and of their pairs: values, laws, and that the truth is found."""

import json
from itertools import permutations

import numpy as np
import pytest

from runner.data.streams import numbers
from runner.parts.calculations.plackett_luce import by_pairs, by_ranking, plackett_luce
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "preference" / "plackett_luce.json").read_text())
BOTH = [(by_ranking, "pl"), (by_pairs, "split")]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("loss", "name"), BOTH)
def test_values_and_gradients(loss, name, case):
    order = case["inputs"]["ranking_best_first"]
    value, slope = loss(np.array(case["inputs"]["reward"])[None, order])
    assert value[0] == pytest.approx(case["output"][name])
    assert slope[0] == pytest.approx(np.array(case["output"][f"gradient_{name}"])[order])


@pytest.mark.parametrize(("loss", "name"), BOTH)
def test_a_constant_makes_no_difference_and_of_two_both_are_one(loss, name):
    rewards = numbers("calculation", 0).normal(size=(5, 4))
    assert loss(rewards + 3)[0] == pytest.approx(loss(rewards)[0])
    assert loss(rewards)[1].sum(axis=1) == pytest.approx(0, abs=1e-12)
    assert loss(rewards[:, :2])[0] == pytest.approx(np.logaddexp(0, rewards[:, 1] - rewards[:, 0]))


@pytest.mark.parametrize(("loss", "name"), BOTH)
def test_at_the_truth_the_gradient_over_all_rankings_is_zero(loss, name):
    rewards = np.array([0.5, -1.0, 0.2, 1.3])
    orders = np.array(list(permutations(range(4))))
    chance = np.exp(-by_ranking(rewards[orders])[0])
    assert chance.sum() == pytest.approx(1)
    total = np.zeros(4)
    np.add.at(total, orders, chance[:, None] * loss(rewards[orders])[1])
    assert total == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("objective", ["rankings", "pairs"])
def test_the_estimate_comes_nearer_with_rankings(objective):
    few, many = (
        plackett_luce(numbers("calculation", 0), objective=objective, features=5, ranked=4, rankings=count)
        for count in (30, 10000)
    )
    assert many["square_error"] < 0.01 < few["square_error"]
