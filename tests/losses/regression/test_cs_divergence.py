"""The divergence as a loss: the laws of a set, and that it sees the inputs."""

import json

import pytest
import torch

from runner.catalog.loss_laws import laws_for, laws_of
from runner.training.run import Ended, Row, run
from tests.losses.regression.examples import make
from tests.zoo import ROOT, node

CASES = json.loads((ROOT / "tests" / "values" / "regression" / "cauchy_schwarz.json").read_text())
LAWS = [law for law in laws_for("regression", "set") if law != "places_are_only_names"]  # inputs go by places


@pytest.mark.parametrize("law", LAWS)
def test_law(law):
    laws_of(node("cs_divergence"), "regression")[law]()


@pytest.mark.parametrize("denominator", ["paper", "released"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_reference_value(case, denominator):
    x, y, f = (torch.tensor(case[key], dtype=torch.float64) for key in ("x", "y", "prediction"))
    loss = make("cs_divergence", sigma=case["sigma"], denominator=denominator)
    found = loss(f, y, torch.arange(len(y)), x=x[:, None])  # of any shape
    assert found.item() == pytest.approx(case[denominator], abs=1e-9)


def test_it_trains_with_its_penalty(compose):
    said = ["loss=cs_divergence", "loss.sigma=2", "regularizer=cs_information", "epochs=5", "noise=0"]
    cell = compose("dataset=diabetes", *said, seeds=[0, 1])
    events = list(run(**cell))
    assert [event.state for event in events if isinstance(event, Ended)] == ["done", "done"]
    objectives = [event.values["train/objective"] for event in events if isinstance(event, Row)]
    assert objectives[-1] < objectives[0]
