"""Ensembles of reward models: scores and best of n by released values, and what is known of both."""

import json
from itertools import combinations

import numpy as np
import pytest

from runner.data.streams import numbers
from runner.parts.calculations.reward_ensembles import best_of, reward_ensembles, scored, trained, true_reward
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "preference" / "reward_ensembles.json").read_text())
SCORES = [case for case in CASES if "rewards" in case["inputs"]]
BEST = [case for case in CASES if "proxy_sorted" in case["inputs"]]
SMALL = {"members": 3, "weight": 0.5, "wrong": 0.25, "n": 16, "features": 4, "pairs": 400, "tested": 500}
KEYS = SMALL | {"hidden": 16, "steps": 100, "lr": 0.02}


@pytest.mark.parametrize("case", SCORES)
@pytest.mark.parametrize("rule", ["mean", "wco", "uwo"])
def test_scores_are_the_released_ones(case, rule):
    found = scored(np.array(case["inputs"]["rewards"]), rule, case["hyper"]["lam"])
    assert found == pytest.approx(np.array(case["output"][rule]))


@pytest.mark.parametrize("case", BEST)
@pytest.mark.parametrize("n", [1, 2, 4, 8])
def test_best_of_n_is_the_released_one(case, n):
    expected, inputs = case["output"][str(n)], case["inputs"]
    assert best_of(np.array(inputs["gold_in_that_order"]), n) == pytest.approx(expected["gold"])
    assert best_of(np.array(inputs["proxy_sorted"]), n) == pytest.approx(expected["proxy"])
    assert np.log(n) - (n - 1) / n == pytest.approx(expected["kl"])


@pytest.mark.parametrize("n", [1, 3, 5, 7])
def test_best_of_n_is_the_mean_over_all_sets(n):
    values = numbers("calculation", 0).normal(size=7)
    by_hand = np.mean([values[max(chosen)] for chosen in combinations(range(7), n)])
    assert best_of(values, n) == pytest.approx(by_hand)


def test_rules_of_one_member_are_alike():
    rewards = numbers("calculation", 1).normal(size=(1, 9))
    for rule in ("mean", "wco", "uwo"):
        assert scored(rewards, rule, 0.5) == pytest.approx(scored(rewards, "single", 0.5))


def test_a_true_reward_has_mean_0_and_deviation_1():
    draws = numbers("calculation", 2)
    found = true_reward(draws, 5)(draws.normal(size=(20000, 5)))
    assert found.mean() == pytest.approx(0, abs=0.06)
    assert found.std() == pytest.approx(1, abs=0.06)


def test_models_learn_who_wins_and_each_is_another_one():
    draws = numbers("calculation", 3)
    x = draws.normal(size=(400, 3))
    order = np.where((x[:200, 0] > x[200:, 0])[:, None], x[:200], x[200:])
    other = np.where((x[:200, 0] > x[200:, 0])[:, None], x[200:], x[:200])
    models = trained(draws, order, other, 2, 16, 200, 0.02)
    for model in models:
        assert ((model(order) > model(other)).mean()) > 0.95
    assert not np.allclose(models[0](x), models[1](x))


def test_of_right_preferences_scores_go_with_rewards_better_than_of_wrong_ones():
    right, wrong = (
        reward_ensembles(numbers("calculation", 4), rule="mean", **KEYS | {"wrong": share}) for share in (0.0, 0.45)
    )
    assert right["rank_correlation"] > wrong["rank_correlation"] + 0.2
    assert right["gold"] > wrong["gold"]


def test_single_is_the_first_member():
    one = reward_ensembles(numbers("calculation", 5), rule="single", **KEYS)
    assert one == reward_ensembles(numbers("calculation", 5), rule="single", **KEYS | {"weight": 2.0})
    assert one != reward_ensembles(numbers("calculation", 5), rule="mean", **KEYS)


def test_more_than_there_are_is_refused():
    with pytest.raises(ValueError, match="n=16: must be at most tested=8"):
        reward_ensembles(numbers("calculation", 6), rule="mean", **KEYS | {"tested": 8})
