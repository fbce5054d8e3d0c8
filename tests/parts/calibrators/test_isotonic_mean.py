"""Isotonic calibration of numbers: a reference case, its limits, and what is measured of it."""

import json

import pytest
import torch

from losses.regression._predictive import Gaussian
from runner.parts.calibrators.isotonic_mean import IsotonicMean
from runner.parts.measures.regression import Regression
from tests.parts.calibrators.cases import shrunk
from tests.zoo import ROOT


def fitted(said, targets, decode=lambda said: said):
    calibrator = IsotonicMean(decode)
    calibrator.fit(said, targets)
    return calibrator


def test_it_is_the_case_of_causal_isotonic_calibration():
    case = json.loads((ROOT / "tests/values/calibrators/causal_isotonic.json").read_text())
    tau, seen = (
        torch.tensor(each)[None, :, None] for each in (case["inputs"]["tau"], case["output"]["pseudo_outcome"])
    )
    found = fitted(tau.double(), seen.double()).calibrated(tau.double())[0, :, 0]
    torch.testing.assert_close(
        found, torch.tensor(case["output"]["calibrated"], dtype=torch.float64), rtol=0, atol=1e-6
    )


def test_what_is_calibrated_already_stays():
    said, _ = shrunk()
    torch.testing.assert_close(fitted(said, said).calibrated(said), said)


def test_order_stays_and_the_error_falls():
    said, targets = shrunk(seeds=2)
    measures = Regression(torch.zeros(2), torch.ones(2), lambda said: said, ("calibration",))
    calibrator = fitted(said, targets)
    place = said.argsort(1)
    assert (calibrator.calibrated(said).gather(1, place).diff(dim=1) >= 0).all()
    plain = measures.quality(measures.outcomes(said, targets), targets)
    found = calibrator.quality(measures, calibrator.outcomes(measures, said, targets), targets)
    for metric in ("rmse", "l2_calibration_error"):
        assert (found[metric] < plain[metric] / 2).all()


def test_of_a_density_the_mean_is_calibrated_and_the_rest_dropped():
    said, targets = shrunk(seeds=2)
    decode = lambda outputs: Gaussian(*outputs.chunk(2, -1))  # noqa: E731
    measures = Regression(torch.tensor([3.0, 0.0]), torch.tensor([2.0, 1.0]), decode)
    outputs = torch.cat([said, torch.full_like(said, 0.5)], -1)
    calibrator = fitted(outputs, targets, decode)
    found = calibrator.quality(measures, calibrator.outcomes(measures, outputs, targets), targets)
    assert {"nlpd", "sharpness", "quantile_calibration_error"} & found.keys() == set()
    error = (fitted(said, targets).calibrated(said) - targets).abs() * measures.scale
    torch.testing.assert_close(found["mae"], error.flatten(1).mean(1))
    torch.testing.assert_close(found["crps"], found["mae"])
    assert found["rmse"].tolist() == pytest.approx(error.square().flatten(1).mean(1).sqrt().tolist())
