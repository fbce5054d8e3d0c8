"""Gross errors in matrix sensing: gradients of both losses on worked numbers, and what errors do to each."""

import json

import numpy as np
import pytest

from runner.data.streams import numbers
from runner.parts.calculations._matrix_sensing import Sensing, frobenius, gaussian_matrices, low_rank
from runner.parts.calculations.corrupted_sensing import corrupted_sensing
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "theory" / "matrix_sensing.json").read_text())
CORRUPTED = {
    "columns": 3, "corrupted": 0.1, "noise": 1.0, "log10_init": -3.0, "lr": 0.3, "decay": 0.99, "steps": 2000,
    "size": 6, "rank": 2, "measurements": 300,
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_gradients_are_the_worked_numbers(case):
    u, sensing = np.array(case["inputs"]["U"]), Sensing(np.array(case["inputs"]["A"]), np.array(case["inputs"]["b"]))
    residual, m = sensing.residual(u), case["hyper"]["m"]
    assert residual @ residual / (4 * m) == pytest.approx(case["output"]["l2"])
    assert np.abs(residual).sum() / (2 * m) == pytest.approx(case["output"]["l1"])
    assert sensing.square_gradient(u) == pytest.approx(np.array(case["output"]["gradient_l2"]))
    assert sensing.absolute_gradient(u) == pytest.approx(np.array(case["output"]["gradient_l1"]))


def test_a_matrix_is_of_its_rank_and_measured_without_bias():
    draws = numbers("calculation", 0)
    x, matrices = low_rank(draws, 5, 2), gaussian_matrices(draws, 20000, 5)
    values = np.linalg.eigvalsh(x)
    assert values[:3] == pytest.approx(0, abs=1e-12)
    assert 0.5 <= values[3] <= values[4] <= 1
    seen = np.einsum("mij,m->ij", matrices, np.einsum("mij,ij->m", matrices, x)) / len(matrices)
    assert seen == pytest.approx(x, abs=0.05)


def test_an_error_is_that_of_the_product_by_the_size_of_the_matrix():
    x = np.diag([3.0, 4.0])
    assert frobenius(np.zeros((2, 1)), x) == 1
    assert frobenius(np.diag([3.0, 4.0]) ** 0.5, x) == pytest.approx(0, abs=1e-12)
    assert frobenius(np.array([[3.0**0.5], [0.0]]), x) == pytest.approx(0.8)


def corrupted_error(**others):
    """The final log10 error of a seed, all as in CORRUPTED but for these."""
    return corrupted_sensing(numbers("calculation", 1), **(CORRUPTED | {"loss": "absolute"} | others))["log10_error"]


def test_without_a_step_the_error_is_that_of_the_start():
    assert corrupted_error(steps=1, lr=1e-12, log10_init=-9.0) == pytest.approx(0, abs=1e-6)


def test_gross_errors_spoil_the_squared_loss_alone():
    assert corrupted_error(loss="square", corrupted=0.0) < -2
    assert corrupted_error(loss="square") > -2
    assert corrupted_error() < -2.5
    assert corrupted_error(noise=10.0) == pytest.approx(corrupted_error(), abs=0.5)


def test_a_share_of_the_measurements_is_wrong():
    assert corrupted_error(corrupted=1.0, noise=100.0) > -1
    assert corrupted_error(corrupted=0.0, noise=1.0) == corrupted_error(corrupted=0.5, noise=0.0)
