"""The temperature: where the NLL is least, and what becomes of seeds that have no such place."""

import pytest
import torch
from scipy.optimize import minimize_scalar
from torch.nn.functional import cross_entropy

from runner.parts.calibrators.temperature import Temperature
from tests.parts.calibrators.cases import case, overconfident


def fitted(logits, labels, low=0.01, high=100.0):
    scaling = Temperature(low=low, high=high)
    scaling.fit(logits, labels)
    return scaling


def test_it_is_the_minimum_that_a_search_finds():
    logits, labels = overconfident(seeds=3)
    scales = torch.tensor([0.2, 1.0, 5.0], dtype=torch.float64)
    found = fitted(scales[:, None, None] * logits, labels).temperature
    for z, y, t in zip(scales[:, None, None] * logits, labels, found, strict=True):
        nll = minimize_scalar(lambda b, z=z, y=y: cross_entropy(b * z, y).item(), bounds=(0.01, 100), method="bounded")
        assert 1 / t.item() == pytest.approx(nll.x, rel=1e-4)
        b = (1 / t).requires_grad_()
        (slope,) = torch.autograd.grad(cross_entropy(b * z, y), b)
        assert abs(slope) < 1e-10


def test_it_is_that_of_the_case_where_the_released_code_stops_short():
    logits, labels, expected = case("calibration_200x4")
    found = fitted(logits, labels)
    assert found.temperature.item() == pytest.approx(expected["temperature_opt"], rel=1e-6)
    nll = cross_entropy(found.calibrated(logits)[0], labels[0]).item()
    assert nll == pytest.approx(expected["nll_at_T"], abs=1e-12)
    early = expected["temperature_gpleiss_lbfgs_lr0.01_50it"]
    assert cross_entropy(logits[0] / early, labels[0]).item() > nll + 1e-3


def test_the_most_probable_class_stays():
    logits, labels = overconfident(seeds=2)
    after = fitted(logits, labels).calibrated(logits)
    assert torch.equal(after.argmax(2), logits.argmax(2))
    assert not torch.allclose(after, logits)


def test_logits_worse_than_chance_take_the_largest_temperature():
    logits, labels, expected = case("temperature_runs_away")
    for inverse, nll in expected["nll_at_inverse_T"].items():
        assert cross_entropy(float(inverse) * logits[0], labels[0]).item() == pytest.approx(nll, abs=1e-12)
    assert expected["slope_at_zero"] > 0
    scaling = fitted(logits, labels, high=50.0)
    assert scaling.temperature.tolist() == [50.0]
    assert scaling.at_bound.tolist() == [True]


def test_labels_that_always_have_the_largest_logit_take_the_smallest():
    logits, _ = overconfident()
    scaling = fitted(logits, logits.argmax(2), low=0.02)
    assert scaling.temperature.item() == pytest.approx(0.02, rel=1e-12)
    assert scaling.at_bound.tolist() == [True]


def test_a_seed_at_a_bound_says_nothing_of_the_others():
    logits, labels = overconfident(seeds=2)
    alone = fitted(logits[:1], labels[:1]).temperature
    both = fitted(torch.stack([logits[0], -logits[1]]), labels)
    assert both.at_bound.tolist() == [False, True]
    torch.testing.assert_close(both.temperature[:1], alone, rtol=1e-12, atol=0)


def test_bounds_that_leave_nothing_between_them_are_refused():
    with pytest.raises(ValueError, match=r"low=2: must be below high=1"):
        Temperature(low=2.0, high=1.0)
