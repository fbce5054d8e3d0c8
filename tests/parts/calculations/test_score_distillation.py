"""Distillation by scores: worked weights, gradients of divergences by integration, and a student at its teacher."""

import json
from functools import partial

import numpy as np
import pytest
import torch

from runner.data.streams import numbers
from runner.parts.calculations._mixture import Mixture, ring
from runner.parts.calculations.score_distillation import score_distillation, student, surrogate, weights
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "density" / "score_distillation.json").read_text())
SIZES = {"spread": 0.5, "noises": [0.1, 0.5], "steps": 60, "batch_size": 64, "lr": 0.05, "tested": 1000}
SHORT = {"softened_reverse_kl": "softened_rkl"}  # names of the file
F = {
    "reverse_kl": lambda r: -r.log(),
    "forward_kl": lambda r: r * r.log(),
    "js": lambda r: r * r.log() - (r + 1) * ((r + 1) / 2).log(),
    "softened_reverse_kl": lambda r: (r + 1) * ((r + 1) / (2 * r)).log(),
}


@pytest.mark.parametrize("name", F)
@pytest.mark.parametrize("case", CASES)
def test_weights_are_the_worked_ones_and_second_derivatives(case, name):
    logs = torch.tensor(case["inputs"]["log_ratio"], dtype=torch.float64)
    found = weights(name, logs)
    assert found.numpy() == pytest.approx(np.array(case["output"][SHORT.get(name, name)]), rel=1e-12)
    r = logs.exp().requires_grad_()
    (first,) = torch.autograd.grad(F[name](r).sum(), r, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), r)
    assert found.numpy() == pytest.approx((second * r**2).detach().numpy(), rel=1e-8)


@pytest.mark.parametrize("name", F)
def test_the_gradient_is_that_of_the_divergence_by_integration(name):
    """In one dimension, of a shift of the student, with noise of variance 1; points of a line stand for samples."""
    one = partial(torch.tensor, dtype=torch.float64)
    teacher = Mixture(one([[-1.0], [2.0]]), one([0.5, 0.8]), one([0.4, 0.6]))
    line = torch.linspace(-12, 12, 24001, dtype=torch.float64)[:, None]

    def divergence(shift):
        log_q = Mixture(shift + one([[0.0], [1.5]]), one([0.9, 1.1]), one([0.5, 0.5])).log_density(line, 1.0)
        return (log_q.exp() * F[name]((teacher.log_density(line, 1.0) - log_q).exp())).sum() * 1e-3

    shift = one(0.3).requires_grad_()
    (slope,) = torch.autograd.grad(divergence(shift), shift)
    found = Mixture((shift + one([[0.0], [1.5]])).detach(), one([0.9, 1.1]), one([0.5, 0.5]))
    x = line.clone().requires_grad_()
    share = found.log_density(line, 1.0).exp() * 1e-3
    (along,) = torch.autograd.grad(surrogate(name, x, teacher, found, one(1.0)), x)
    plain = weights(name, teacher.log_density(line, 1.0) - found.log_density(line, 1.0)).mean() * len(line)
    assert (along[:, 0] * share).sum().item() * plain.item() == pytest.approx(slope.item(), rel=1e-6)


@pytest.mark.parametrize("name", F)
def test_at_the_teacher_the_gradient_is_zero(name):
    teacher = ring(8, 4.0, 0.5)
    found = student(teacher.means, torch.full((8,), 0.5, dtype=torch.float64).log())
    x = teacher.sample(numbers("test", 0), 20).requires_grad_()
    noise = torch.full((20, 1), 0.3, dtype=torch.float64)
    (slope,) = torch.autograd.grad(surrogate(name, x, teacher, found, noise), x)
    assert slope.abs().max() < 1e-12


def test_weights_are_of_one_mean_and_noise_weighs_gradients():
    teacher, found = ring(3, 1.0, 0.5), ring(2, 1.0, 0.6)
    x = teacher.sample(numbers("test", 0), 50).requires_grad_()
    noise = torch.full((50, 1), 0.3, dtype=torch.float64)
    (slope,) = torch.autograd.grad(surrogate("js", x, teacher, found, noise), x)
    h = weights("js", teacher.log_density(x.detach(), 0.3) - found.log_density(x.detach(), 0.3))
    by_hand = 0.3 * (h / h.mean())[:, None] * (found.score(x.detach(), 0.3) - teacher.score(x.detach(), 0.3)) / 50
    assert slope.numpy() == pytest.approx(by_hand.numpy(), abs=1e-12)


def test_the_student_moves_from_the_middle_to_the_ring():
    few, more = (
        score_distillation(numbers("calculation", 100), divergence="reverse_kl", **SIZES | {"steps": steps})
        for steps in (1, 100)
    )
    assert few["modes"] == 0 < more["modes"]
    assert more["reverse_kl"] < few["reverse_kl"] / 3
