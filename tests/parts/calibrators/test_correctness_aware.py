"""Correctness-aware calibration: the released code's numbers, and what its fit is good for."""

import pytest
import torch

from runner.parts.calibrators.correctness_aware import CorrectnessAware, temperatures, weighted_error
from tests.parts.calibrators.cases import case, inputs_of, overconfident

CODE = {"hidden": 5, "low": 0.1, "high": 10.0}


def double(values):
    return torch.tensor(values, dtype=torch.float64)


def test_network_and_objective_are_the_released_codes():
    """Its ten steps of Adam, from its weights."""
    logits, labels, expected = case("ca_calibrator_10_steps")
    inputs = inputs_of("ca_calibrator_10_steps")
    features, parts = double(inputs["features"]), inputs["weights"].values()
    numbers = torch.cat([double(part).flatten() for part in parts]).requires_grad_()

    def t_and_loss():
        t = temperatures(numbers, features, **CODE)
        return t, weighted_error(logits[0], labels[0], t)

    optimizer = torch.optim.Adam([numbers], lr=inputs["lr"])
    for when, steps in (("before", 0), ("after", inputs["epochs"])):
        for _ in range(steps):
            optimizer.zero_grad()
            t_and_loss()[1].backward()
            optimizer.step()
        t, loss = t_and_loss()
        torch.testing.assert_close(t.detach(), double(expected[f"T_{when}"]), rtol=0, atol=1e-9)
        assert loss.item() == pytest.approx(expected[f"loss_{when}"], abs=1e-12)


def test_the_objective_at_one_temperature_is_the_cases():
    logits, labels, expected = case("ca_loss_variants")
    t = torch.full((20,), inputs_of("ca_loss_variants")["T"], dtype=torch.float64)
    assert weighted_error(logits[0], labels[0], t).item() == pytest.approx(expected["weighted_square"], abs=1e-12)


def test_wrong_predictions_are_less_sure_and_stay_as_they_are():
    logits, labels = overconfident(seeds=2)
    calibrator = CorrectnessAware([0, 1], top=4, **CODE)
    calibrator.fit(logits, labels)
    after = calibrator.calibrated(logits)
    assert torch.equal(after.argmax(2), logits.argmax(2))
    wrong = logits.argmax(2) != labels
    before, less = (z.softmax(2).amax(2)[wrong].mean() for z in (logits, after))
    assert less < before - 0.1


def test_where_all_is_right_nothing_changes():
    logits, _ = overconfident()
    calibrator = CorrectnessAware([0], top=4, **CODE)
    calibrator.fit(logits, logits.argmax(2))
    torch.testing.assert_close(calibrator.calibrated(logits), logits)
