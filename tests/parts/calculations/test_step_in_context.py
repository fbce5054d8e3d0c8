"""One step in context: worked predictions and best steps, the closed form of the risk, and what training finds."""

import json

import numpy as np
import pytest
import torch

from runner.data.streams import numbers
from runner.parts.calculations.step_in_context import attention, best_step, prompts, step_in_context
from tests.zoo import ROOT

VALUES = ROOT / "tests" / "values" / "theory"
STEPS = json.loads((VALUES / "gradient_step_in_context.json").read_text())
BEST = json.loads((VALUES / "best_step_in_context.json").read_text())
SIZES = {"features": 2, "context": 6, "noise": 0.5, "steps": 500, "batch_size": 128, "lr": 0.03, "tested": 20000}


@pytest.mark.parametrize("case", STEPS)
def test_a_step_is_one_setting_of_attention(case):
    pairs = torch.tensor([[*x, y] for x, y in zip(case["inputs"]["x"], case["inputs"]["y"], strict=True)]).double()
    query = torch.tensor([case["inputs"]["query"]]).double()
    v, m = torch.tensor([0.0, 0.0, case["hyper"]["eta"]]).double(), torch.eye(3, 2).double()
    found = attention((pairs.T @ pairs)[None], query, v, m)
    assert found.item() == pytest.approx(case["output"]["prediction"])


@pytest.mark.parametrize("case", BEST)
def test_the_best_step_is_the_closed_form_and_so_is_its_risk(case):
    d, n, noise = case["inputs"]["d"], case["inputs"]["n"], case["inputs"]["sigma2"] ** 0.5
    eta = case["output"]["eta"]
    assert best_step(np.ones(d), n, noise, np.ones(d)) == pytest.approx(eta)
    sizes = SIZES | {"features": d, "context": n, "noise": noise, "tested": 50000}
    found = step_in_context(numbers("calculation", 0), predictor="step", spread=0.0, **sizes)
    assert found["risk"] == pytest.approx(d + noise**2 - n * d * eta, rel=0.03)


def test_the_best_step_is_best_where_features_differ_in_scale():
    variances = np.array([0.2, 3.0])
    moments, query, target = prompts(numbers("calculation", 0), variances, 6, 0.5, 200000)
    sums = (moments[:, -1, :-1] * query).sum(1)
    assert best_step(variances, 6, 0.5, np.ones(2)) == pytest.approx((sums @ target) / (sums @ sums), rel=0.03)


def test_a_prompt_has_the_variances_that_are_asked_for_and_a_target_of_as_many_as_features():
    moments, query, target = prompts(numbers("calculation", 0), np.array([0.2, 3.0]), 6, 0.5, 100000)
    assert query.var(axis=0) == pytest.approx(np.array([0.2, 3.0]), rel=0.05)
    assert target.var() == pytest.approx(2 + 0.25, rel=0.05)
    assert moments[:, range(3), range(3)].mean(axis=0) == pytest.approx(6 * np.array([0.2, 3.0, 2.25]), rel=0.05)


def test_training_comes_near_the_best_step_and_without_it_nowhere():
    """From this start; from others it can end where one feature alone is predicted."""

    def risk(predictor, **others):
        sizes = SIZES | {"features": 3, "spread": 0.0} | others
        return step_in_context(numbers("calculation", 0), predictor=predictor, **sizes)["risk"]

    assert risk("attention") == pytest.approx(risk("step"), rel=0.03)
    assert risk("attention", steps=1) > 1.3 * risk("step")


def test_a_step_is_better_preconditioned_where_features_differ_in_scale():
    found = [
        step_in_context(numbers("calculation", 0), predictor=predictor, spread=1.0, **SIZES)["risk"]
        for predictor in ("preconditioned", "step")
    ]
    assert found[0] < found[1]
