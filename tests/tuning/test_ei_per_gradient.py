"""Expected improvement for each gradient."""

import json
from pathlib import Path

import numpy as np
import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.trial import TrialState, create_trial
from scipy.integrate import quad
from scipy.stats import norm

from runner.comparison.results import Outcome, Result
from runner.tuning.contender import taken
from runner.tuning.ei_per_gradient import EIPerGradientSampler, expected_improvement

CASE = json.loads((Path(__file__).parents[1] / "values/tuning/expected_improvement.json").read_text())
SPACE = {"x": FloatDistribution(0.0, 1.0), "kind": CategoricalDistribution(("a", "b"))}


def test_it_is_the_reference_value_and_the_integral():
    its = CASE["inputs"]
    found = expected_improvement(its["mu"], its["sigma"], its["best"])
    np.testing.assert_allclose(found, CASE["expected"]["ei"], rtol=1e-9)
    for mean, sd, value in zip(its["mu"], its["sigma"], found, strict=True):
        above, _ = quad(lambda y, m=mean, s=sd: (y - its["best"]) * norm.pdf(y, m, s), its["best"], mean + 12 * sd)
        assert value == pytest.approx(above, rel=1e-6)


def study_of(worth, gradients, trials=24, direction="maximize"):
    draw, study = np.random.default_rng(0), optuna.create_study(direction=direction)
    for _ in range(trials):
        params = {"x": float(draw.random()), "kind": ("a", "b")[int(draw.integers(2))]}
        value = worth(**params)
        study.add_trial(
            create_trial(
                state=TrialState.PRUNED if value is None else TrialState.COMPLETE,
                value=value,
                params=params,
                distributions=SPACE,
                user_attrs={"gradients": gradients(**params)},
            )
        )
    return study


def next_of(study, **settings):
    sampler = EIPerGradientSampler(seed=0, **settings)
    trial = create_trial(state=TrialState.RUNNING)
    return sampler.sample_relative(study, trial, sampler.infer_relative_search_space(study, trial))


def bump(x, kind):
    return -((x - 0.7) ** 2) + (kind == "b")


def same(x, kind):
    return 100


def test_where_all_trials_take_the_same_it_goes_to_the_best():
    found = next_of(study_of(bump, same))
    assert found["kind"] == "b"
    assert found["x"] == pytest.approx(0.7, abs=0.1)


def test_less_is_better_where_it_is_minimized():
    found = next_of(study_of(lambda x, kind: -bump(x, kind), same, direction="minimize"))
    assert found["kind"] == "b"
    assert found["x"] == pytest.approx(0.7, abs=0.1)


def test_of_two_kinds_that_promise_the_same_it_takes_the_cheaper():
    def noisy(x, kind):
        return float(np.sin(40 * x))  # never known well enough not to promise anything

    for cheap in "ab":
        study = study_of(noisy, lambda x, kind, cheap=cheap: 10 if kind == cheap else 1000)
        assert next_of(study)["kind"] == cheap


def test_until_enough_trials_came_to_something_it_is_at_random():
    assert next_of(study_of(bump, same, trials=9)) == {}
    assert next_of(study_of(lambda x, kind: None, same)) == {}
    assert next_of(study_of(bump, same, trials=10)) != {}


def test_what_came_to_nothing_is_avoided():
    found = next_of(study_of(lambda x, kind: None if kind == "b" else x, same))
    assert found["kind"] == "a"


def test_a_trial_takes_as_many_gradients_as_its_seeds_in_the_mean():
    rows = ({"step": 40}, {"step": 40, "gradients": 80})
    outcomes = {seed: Outcome("done", {"last": row}) for seed, row in enumerate(rows)} | {2: Outcome("diverged")}
    assert taken(Result("", {}, {}, "", "", outcomes)) == 60
    assert taken(Result("", {}, {}, "", "", {0: Outcome("failed")})) is None
