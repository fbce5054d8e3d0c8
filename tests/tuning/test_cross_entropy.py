"""The cross-entropy method: its update, and a sampler of Optuna's that makes it."""

import json
import math
from pathlib import Path

import numpy as np
import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.trial import TrialState, create_trial

from runner.tuning.cross_entropy import CrossEntropySampler, elites, updated

CASE = json.loads((Path(__file__).parents[1] / "values/tuning/cross_entropy.json").read_text())
UNIT = FloatDistribution(0.0, 1.0)


def test_an_update_is_the_reference_one():
    its, wanted = CASE["inputs"], CASE["expected"]
    best = np.array(its["samples"])[elites(its["scores"], its["elite"])]
    mean, sd = updated(best, its["mean"], its["std"], its["a"])
    np.testing.assert_allclose(best, wanted["elite"])
    np.testing.assert_allclose(mean, wanted["mean"])
    np.testing.assert_allclose(sd, wanted["std"])


def test_without_smoothing_it_is_the_samples_own_moments_and_with_nothing_else_it_stays():
    x = np.random.default_rng(0).random((8, 2))
    mean, sd = updated(x, [0.5, 0.5], [1.0, 1.0], 1.0)
    np.testing.assert_allclose(mean, x.mean(0))
    np.testing.assert_allclose(sd, x.std(0))
    np.testing.assert_array_equal(updated(x, [0.3, 0.4], [1.0, 2.0], 0.0), [[0.3, 0.4], [1.0, 2.0]])


def after(values, direction="maximize", distribution=UNIT):
    """A study with trials of {"x": place} that came to these values; None of what was pruned."""
    study = optuna.create_study(direction=direction)
    for x, value in values:
        state = TrialState.PRUNED if value is None else TrialState.COMPLETE
        study.add_trial(create_trial(state=state, value=value, params={"x": x}, distributions={"x": distribution}))
    return study


def many(study, distribution=UNIT, count=400, **settings):
    sampler = CrossEntropySampler(seed=0, **settings)
    trial = create_trial(state=TrialState.RUNNING)
    return [sampler.sample_independent(study, trial, "x", distribution) for _ in range(count)]


def test_the_next_population_is_about_the_elite_of_the_one_before():
    tens = [(i / 10, -abs(i / 10 - 0.8)) for i in range(10)]  # the best: 0.8, 0.7, 0.9
    found = many(after(tens), smoothing=1.0)
    sd = np.std([0.7, 0.8, 0.9])
    assert np.mean(found) == pytest.approx(0.8, abs=0.02)
    assert np.std(found) == pytest.approx(sd, rel=0.15)
    assert 0 <= min(found) < max(found) <= 1


def test_less_is_better_where_it_is_minimized():
    tens = [(i / 10, abs(i / 10 - 0.8)) for i in range(10)]
    assert np.mean(many(after(tens, "minimize"), smoothing=1.0)) == pytest.approx(0.8, abs=0.02)


def test_before_a_population_is_whole_nothing_is_learnt():
    nine = [(0.5, 1.0)] * 9
    found = many(after(nine))
    assert np.mean(found) == pytest.approx(0.5, abs=0.05)
    assert np.std(found) == pytest.approx(math.sqrt(1 / 12), rel=0.1)
    assert set(many(after([*nine, (0.5, 1.0)]), smoothing=1.0)) == {0.5}


def test_what_came_to_nothing_is_in_no_elite():
    tens = [(0.1, None)] * 7 + [(0.9, -5.0)] * 3
    assert set(many(after(tens), smoothing=1.0)) == {0.9}


def test_choices_have_the_shares_of_the_elite():
    kinds = CategoricalDistribution(("sgd", "adam", "lion"))
    tens = [("adam", 0.9), ("adam", 0.8), ("lion", 0.7), *[("sgd", 0.1)] * 7]
    found = many(after(tens, distribution=kinds), kinds, smoothing=0.7, count=2000)
    shares = [found.count(kind) / len(found) for kind in kinds.choices]
    assert shares == pytest.approx([0.1, 0.1 + 0.7 * 2 / 3, 0.1 + 0.7 / 3], abs=0.03)


def test_optuna_can_use_it():
    study = optuna.create_study(sampler=CrossEntropySampler(seed=0), direction="minimize")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study.optimize(
        lambda t: (t.suggest_float("lr", 1e-4, 1, log=True) - 0.01) ** 2 + t.suggest_int("k", 1, 5), n_trials=60
    )
    late = study.trials[-10:]
    assert sum(trial.params["k"] for trial in late) <= 12
    assert all(trial.params["lr"] < 0.2 for trial in late)
