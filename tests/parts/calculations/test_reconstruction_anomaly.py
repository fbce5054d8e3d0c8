"""Reconstruction with variances and mean shift: values, optima, limits, and that all detectors find outliers."""

import json

import numpy as np
import pytest
import torch

from runner.data.streams import numbers
from runner.parts.calculations._network import Network
from runner.parts.calculations.reconstruction_anomaly import error, reconstructed, reconstruction_anomaly, shifted
from tests.zoo import ROOT

VALUES = ROOT / "tests" / "values" / "single_tasks"
ERRORS = json.loads((VALUES / "probabilistic_reconstruction.json").read_text())
SHIFTS = json.loads((VALUES / "mean_shift.json").read_text())
KEYS = {"a": 1.0, "b": 1.0, "rounds": 0, "k": 10, "width": 16, "code": 4, "steps": 30}


def given(case):
    return [torch.tensor(case["inputs"][key], dtype=torch.float64) for key in ("x", "mean", "log_variance")]


@pytest.mark.parametrize("case", ERRORS)
def test_errors_of_examples(case):
    found = error(*given(case), **case["hyper"])
    assert found.tolist() == pytest.approx(case["output"]["per_example"])
    assert error(*(one.flip(0) for one in given(case)), **case["hyper"]).tolist() == pytest.approx(found.tolist()[::-1])


@pytest.mark.parametrize("case", ERRORS)
def test_the_best_variance_is_the_squared_error_times_a_over_b(case):
    x, mean, _ = given(case)
    best = ((x - mean).square() * 2.0 / 0.5).log().requires_grad_()
    (slope,) = torch.autograd.grad(error(x, mean, best, 2.0, 0.5).sum(), best)
    assert slope.numpy() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("case", SHIFTS)
def test_a_round_of_mean_shift(case):
    x = np.array(case["inputs"]["x"])
    moved = shifted(x, case["hyper"]["k"], 1)
    assert moved == pytest.approx(np.array(case["output"]["shifted"]))
    assert np.linalg.norm(moved - x, axis=1) == pytest.approx(np.array(case["output"]["distance"]))
    assert shifted(x, 3, 2) == pytest.approx(shifted(moved, 3, 1))
    assert shifted(x, 3, 0) is x


def test_what_is_trained_on_is_x_and_what_is_scored_against_is_the_target():
    x = torch.tensor(numbers("calculation", 0).normal(size=(20, 64)))
    for weights in (None, (1.0, 1.0)):
        first, second = (Network(numbers("calculation", 1), [64, 8, 2, 8, 128], ["tanh"] * 3) for _ in range(2))
        near, far = reconstructed(first, x, x, weights, 50), reconstructed(second, x, x + 9, weights, 50)
        assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
        assert (far > near).all()


def test_training_with_squares_moves_the_mean_alone():
    x = torch.tensor(numbers("calculation", 0).normal(size=(20, 64)))
    network = Network(numbers("calculation", 1), [64, 8, 2, 8, 128], ["tanh"] * 3)
    reconstructed(network, x, x, None, 5)
    assert network.biases[-1][:64].abs().min() > 0
    assert network.biases[-1][64:].abs().max() == 0


@pytest.mark.parametrize("detector", ["square", "isolation_forest", "local_outlier_factor", "neighbours"])
def test_detectors_find_outliers_rather_than_normal_images(detector):
    assert reconstruction_anomaly(numbers("calculation", 1), detector=detector, **KEYS)["auroc"] > 0.7


def test_a_and_b_are_of_the_probabilistic_one_alone():
    one, other = (KEYS | {"steps": 3, "b": b} for b in (0.5, 1.0))
    for detector, same in (("square", True), ("probabilistic", False)):
        first, second = (
            reconstruction_anomaly(numbers("calculation", 0), detector=detector, **keys) for keys in (one, other)
        )
        assert (first == second) == same
