"""Uncertainty in context: Bayes' predictions by values, quadrature and coverage, and what training finds."""

import json

import numpy as np
import pytest
import torch

from runner.data.streams import numbers
from runner.parts.calculations.uncertainty_in_context import bayes, errors, predicted, prompts, uncertainty_in_context
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "theory" / "uncertainty_in_context.json").read_text())
SIZES = {
    "features": 1, "context": 5, "noises": [0.5, 1.0], "shift": 3.0, "width": 8, "layers": 1, "heads": 1,
    "steps": 60, "batch_size": 16, "lr": 0.03, "tested": 200,
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_of_one_noise_the_prediction_is_the_closed_form(case):
    x = np.array([[*case["inputs"]["x"], case["inputs"]["query"]]])
    y = np.array([[*case["inputs"]["y"], 0.0]])
    mean, variance = bayes(x, y, np.array([case["hyper"]["noise_variance"] ** 0.5]))
    assert mean[0, -1] == pytest.approx(case["output"]["mean"])
    assert variance[0, -1] == pytest.approx(case["output"]["variance"])


def test_of_two_noises_it_is_what_a_sum_over_a_grid_of_weights_and_both_noises_says():
    x, y = prompts(numbers("calculation", 0), 1, 4, [0.5, 1.0], 1)
    grid = np.linspace(-8, 8, 20001)
    mass, first, second = 0.0, 0.0, 0.0
    for s in (0.5, 1.0):
        fit = -(grid**2) / 2 - sum((y[0, t] - grid * x[0, t, 0]) ** 2 / (2 * s**2) + np.log(s) for t in range(3))
        p, here = np.exp(fit), grid * x[0, 3, 0]
        mass, first, second = mass + p.sum(), first + p @ here, second + p @ (here**2 + s**2)
    mean, variance = bayes(x, y, np.array([0.5, 1.0]))
    assert mean[0, 3] == pytest.approx(first / mass)
    assert variance[0, 3] == pytest.approx(second / mass - (first / mass) ** 2)


def test_before_any_pair_the_mean_is_zero_and_the_variance_that_of_weights_and_noise():
    x, y = prompts(numbers("calculation", 0), 2, 3, [0.5, 1.0], 4)
    mean, variance = bayes(x, y, np.array([0.5, 1.0]))
    assert mean[:, 0] == pytest.approx(0)
    assert variance[:, 0] == pytest.approx((x[:, 0] ** 2).sum(1) + (0.25 + 1) / 2)


def test_targets_are_as_far_from_the_mean_as_the_variance_says():
    x, y = prompts(numbers("calculation", 0), 2, 6, [0.5, 1.0], 40000)
    mean, variance = bayes(x, y, np.array([0.5, 1.0]))
    assert ((y - mean) ** 2 / variance).mean(axis=0) == pytest.approx(1, abs=0.04)


def test_a_shift_makes_weights_larger_and_noise_no_larger():
    plain, other = (prompts(numbers("calculation", 0), 1, 3, [0.5], 9, scale) for scale in (1.0, 3.0))
    assert np.array_equal(plain[0], other[0])
    w = ((plain[1] * plain[0][..., 0]).sum(1) / (plain[0][..., 0] ** 2).sum(1))[:, None]
    assert not np.allclose(plain[1], other[1])
    moved = (other[1] - plain[1]) / plain[0][..., 0]
    assert moved == pytest.approx(np.repeat(moved[:, :1], 3, axis=1))
    assert np.corrcoef(moved[:, 0], w[:, 0])[0, 1] > 0.7


def test_one_who_knows_bayes_has_no_error_and_one_who_is_off_the_error_that_he_is_off():
    x, y = prompts(numbers("calculation", 0), 1, 5, [0.5, 1.0], 50)
    mean, variance = bayes(x, y, np.array([0.5, 1.0]))

    def knows(scale, off):
        deviation = np.sqrt(variance)
        return lambda tokens: torch.tensor(np.stack([mean + off * deviation, np.log(scale * deviation)], axis=-1))[None]

    assert errors(knows(1.0, 0.0), x, y, [0.5, 1.0]) == pytest.approx((0, 0), abs=1e-7)
    assert errors(knows(0.8, 0.3), x, y, [0.5, 1.0]) == pytest.approx((0.2, 0.3))


def test_a_prediction_sees_its_own_x_and_the_pairs_before_and_not_its_y():
    x, y = prompts(numbers("calculation", 0), 1, 5, [0.5], 2)
    seen = []
    predicted(lambda tokens: seen.append(tokens) or tokens[None], x, y)
    (tokens,) = seen
    assert torch.equal(tokens[:, :, 0], torch.tensor(x[:, :, 0]))
    assert torch.equal(tokens[:, 1:, 1], torch.tensor(x[:, :-1, 0]))
    assert torch.equal(tokens[:, 1:, 2], torch.tensor(y[:, :-1]))
    assert tokens[:, 0, 1:].eq(0).all()


def test_training_comes_nearer_and_shifted_tasks_are_farther():
    few, many = (uncertainty_in_context(numbers("calculation", 0), **(SIZES | {"steps": steps})) for steps in (2, 120))
    assert many["deviation_error"] < few["deviation_error"]
    assert many["mean_error"] < 0.8 * few["mean_error"]
    assert many["mean_shift"] > 0
