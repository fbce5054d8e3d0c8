"""Robust losses in a ball: closed forms on reference values, exact errors, and where the truth is a minimum."""

import json

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from runner.data.streams import numbers
from runner.parts.calculations.robust_semi_supervised import ball, descended, examples, means, robust_semi_supervised
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "single_tasks" / "robust_semi_supervised.json").read_text())
SIZES = {
    "labelled": 20, "unlabelled": 300, "unlabelled_weight": 1.0, "radius": 0.5,
    "shift": 0.5, "separation": 2.0, "features": 10, "norm": 1.0,
}  # fmt: skip


def found(**others):
    return robust_semi_supervised(numbers("calculation", 0), **SIZES | others)


def double(values):
    return torch.tensor(values, dtype=torch.float64)


@pytest.mark.parametrize("case", CASES)
def test_the_largest_and_the_least_loss_in_a_ball(case):
    w, x, y = (double(case["inputs"][name]) for name in ("w", "x", "y"))
    torch.testing.assert_close(y * (x @ w), double(case["output"]["margin"]), rtol=1e-12, atol=0)
    torch.testing.assert_close(w.norm(), double(case["output"]["norm_w"]), rtol=1e-12, atol=0)
    for radius, name in ((0.0, "sup"), (0.5, "ball_sup_eps_half"), (-0.5, "ball_inf_eps_half")):
        torch.testing.assert_close(ball(y * (x @ w), w, radius), double(case["output"][name]), rtol=1e-12, atol=0)


def test_no_move_within_the_ball_has_a_larger_loss_and_one_has_this():
    draws = numbers("calculation", 1)
    w, x = double(draws.normal(size=3)), double(draws.normal(size=3))
    moves = double(draws.normal(size=(2000, 3)))
    moves = 0.7 * torch.cat([moves / moves.norm(dim=1, keepdim=True), -(w / w.norm())[None]])
    losses = F.softplus(-(x + moves) @ w)
    assert float(losses.max()) == pytest.approx(float(ball((x @ w)[None], w, 0.7)), rel=1e-12)


@pytest.mark.parametrize("shift", [0.0, 0.5, 2.0])
def test_the_other_mean_is_as_long_and_so_far_away(shift):
    mu, other = means(numbers("calculation", 0), 7, 3.0, shift)
    assert [np.linalg.norm(mu), np.linalg.norm(other)] == pytest.approx([3, 3])
    assert np.linalg.norm(mu - other) == pytest.approx(3 * shift)


def test_an_error_is_what_a_simulation_finds():
    """Of labelled examples alone and a length near 0, w is the mean of y x, so that the error can be drawn."""
    drawn = numbers("calculation", 0).spawn(3)
    mu, _ = means(drawn[0], 10, 2.0, 0.5)
    x, y = examples(drawn[1], mu, 20)
    w = (y[:, None] * x).mean(0)
    fresh, labels = examples(numbers("calculation", 5), mu, 200_000)
    margins = labels * (fresh @ w)
    result = found(unlabelled_weight=0.0, norm=1e-4)
    assert result["error"] == pytest.approx(float((margins < 0).double().mean()), abs=2e-3)
    assert result["robust_error"] == pytest.approx(float((margins < 0.5 * w.norm()).double().mean()), abs=3e-3)
    assert result["error"] - result["excess_error"] == pytest.approx(0.0227501, abs=1e-7)


def test_many_examples_come_to_the_least_error_and_a_shift_leads_away_from_it():
    many = {"labelled": 5000, "unlabelled": 5000}
    near, far = found(**many, shift=0.0), found(**many, shift=1.0)
    assert 0 <= near["excess_error"] < 1e-3 < 0.005 < far["excess_error"]


def test_at_the_truth_the_gradient_is_along_the_classifier_unless_unlabelled_examples_are_shifted():
    """The population is many examples, each with its mirror image across the line of mu."""
    mu = np.array([2.0, 0.0])
    x, y = examples(numbers("calculation", 3), mu, 1000)
    mirrored = torch.cat([x, x * double([1.0, -1.0])])
    turned = mirrored @ double([[0.6, 0.8], [-0.8, 0.6]])
    for without, still in ((mirrored, True), (turned, False)):
        w = double([1.0, 0.0]).requires_grad_()
        loss = ball(y.repeat(2) * (mirrored @ w), w, 0.5).mean() + ball((without @ w).abs(), w, 0.5).mean()
        (gradient,) = torch.autograd.grad(loss, w)
        assert (abs(float(gradient[1])) < 1e-12) == still


def test_labels_come_from_the_classifier_and_no_weight_is_labelled_examples_alone():
    alone = found(unlabelled_weight=0.0)
    assert alone == found(unlabelled_weight=0.0, unlabelled=7, shift=1.5)
    assert alone["error"] > found()["error"]
    assert alone["error"] < 0.5
    few = found(labelled=2, separation=5.0)
    assert few["excess_error"] == pytest.approx(0, abs=0.01)


def test_a_minimum_is_found():
    def bowl(w):
        return ((w - double([1.0, -2.0])) ** 2).sum()

    assert descended(bowl, double([0.0, 0.0])) == pytest.approx([1, -2], abs=1e-6)
