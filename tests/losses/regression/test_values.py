"""Losses of real targets at the values of their sources, to 1e-9 or to the tolerance of a case, which then says why."""

import json

import pytest
import torch

from tests.losses.regression.examples import NAMES, make
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "regression" / "losses.json").read_text())


def of(field):
    return pytest.mark.parametrize("case", [case for case in CASES if field in case], ids=lambda case: case["name"])


def close(found, case, field):
    exact = torch.tensor(case[field], dtype=torch.float64)
    torch.testing.assert_close(found, exact, atol=case.get("tolerance", 1e-9), rtol=0)


def numbers(case, field):
    return torch.tensor(case[field], dtype=torch.float64)


def losses(case):
    prediction, target = numbers(case, "prediction"), numbers(case, "target")
    return make(case["loss"], **case["arguments"]).double()(prediction, target, torch.arange(len(target)))


@of("losses")
def test_losses(case):
    close(losses(case), case, "losses")


@of("mean")
def test_the_mean_of_a_batch(case):
    close(losses(case).mean(), case, "mean")


@of("shares")
def test_the_probabilities_that_stand_for_a_target(case):
    close(make(case["loss"], **case["arguments"]).double().shares(numbers(case, "target")), case, "shares")


@of("point")
def test_what_is_predicted(case):
    loss = make(case["loss"], **case["arguments"]).double()
    close(loss.decode(numbers(case, "prediction")).point, case, "point")


def test_a_case_is_of_a_loss_and_a_looser_tolerance_has_a_reason():
    assert {case["loss"] for case in CASES} <= set(NAMES)
    assert all("reason" in case for case in CASES if "tolerance" in case)
