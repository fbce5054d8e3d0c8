"""Marginals of a model: worked disagreements, exact tables that have none, enumeration, and what training comes to."""

import json
from itertools import product
from math import log

import numpy as np
import pytest
import torch

from runner.data.streams import numbers
from runner.parts.calculations.marginal_model import (
    Step,
    agreement,
    all_conditionals,
    any_order,
    chained,
    compared,
    drawn,
    ising,
    marginal_model,
    marginals,
    parts,
    reinforce,
    whole,
)
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "density" / "marginal_model.json").read_text())
SIZES = {"coupling": 0.5, "width": 16, "steps": 150, "batch_size": 64, "lr": 0.02}


def table(logs, conditionals):
    """A model that looks up each configuration's row."""

    def model(known):
        rows = known @ 3 ** torch.arange(known.shape[1] - 1, -1, -1)
        return logs[rows], conditionals[rows]

    return model


def exact(side=2, coupling=0.7):
    """log p of all parts, and the conditionals that go with it."""
    energies, places = ising(numbers("test", 1), side, coupling), side**2
    logs, known = marginals(energies, places), parts(places)
    steps = 3 ** torch.arange(places - 1, -1, -1)
    rows = torch.arange(len(known))[:, None, None] + steps[:, None] * torch.tensor([1, 2])
    free = (known == 0)[:, :, None]
    conditionals = torch.where(free, logs[rows.clamp(max=len(known) - 1)] - logs[:, None, None], 0.0)
    return energies, logs, conditionals


@pytest.mark.parametrize("case", CASES)
def test_the_disagreement_and_its_gradient_are_the_worked_ones(case):
    x, rank, position = (torch.tensor(case["inputs"][key]) for key in ("x", "order", "position"))
    logs = torch.tensor(case["inputs"]["log_marginals"], dtype=torch.float64, requires_grad=True)
    logits = torch.tensor(case["inputs"]["logits"], dtype=torch.float64)
    found = agreement(table(logs, logits.log_softmax(2)), Step(x.long(), rank, position))
    assert found.item() == pytest.approx(case["output"]["total"], rel=1e-12)
    begin = (logs[0] - case["hyper"]["log_Z"]).square().item()
    assert found.item() - begin == pytest.approx(3 * case["output"]["consistency"], rel=1e-12)
    (slope,) = torch.autograd.grad(found, logs)
    assert slope.numpy() == pytest.approx(np.array(case["output"]["gradient_of_total"]), abs=1e-11)


def test_an_exact_table_agrees_with_itself_and_is_the_truth():
    _, logs, conditionals = exact()
    model = table(logs + 4 * log(2), conditionals)
    step = drawn(numbers("test", 0), model, 4, 50)
    assert agreement(model, step).item() == pytest.approx(0, abs=1e-20)
    found = chained(parts(4), conditionals)
    assert found.numpy() == pytest.approx(logs.numpy(), abs=1e-12)
    assert compared(found, logs) == pytest.approx({"marginal_error": 0, "kl": 0, "sum_error": 0}, abs=1e-12)


def test_energies_and_marginals_are_sums_over_configurations():
    energies = ising(numbers("test", 0), 2, 0.5)
    draws = numbers("test", 0)
    across, down, field = (draws.normal(0, 0.5, shape) for shape in ((2, 1), (1, 2), (2, 2)))
    for row, (a, b, c, d) in enumerate(product([-1, 1], repeat=4)):
        bonds = a * b * across[0, 0] + c * d * across[1, 0] + a * c * down[0, 0] + b * d * down[0, 1]
        fields = field.ravel() @ [a, b, c, d]
        assert energies[row].item() == pytest.approx(-bonds - fields, abs=1e-12)
    p = (-energies).softmax(0)
    every = parts(4)[(parts(4) > 0).all(1)]
    assert whole(every).tolist() == list(range(16))
    part = torch.tensor([0, 2, 0, 1])
    agree = ((every == part) | (part == 0)).all(1)
    row = int(part @ torch.tensor([27, 9, 3, 1]))
    assert marginals(energies, 4)[row].exp().item() == pytest.approx(p[agree].sum().item(), abs=1e-12)


def test_draws_follow_the_conditionals():
    _, logs, conditionals = exact()
    step = drawn(numbers("test", 0), table(logs, conditionals), 4, 20_000)
    shares = torch.bincount(whole(step.x), minlength=16) / 20_000
    true = logs[(parts(4) > 0).all(1)].exp()
    assert (shares - true).abs().max() < 0.012
    assert step.position.unique().tolist() == [1, 2, 3, 4]
    assert (step.after() > 0).sum(1).tolist() == step.position.tolist()
    assert ((step.after() - step.before()) > 0).sum(1).eq(1).all()


def test_at_the_truth_the_gradient_of_the_divergence_is_zero():
    """There every draw has one reward, which is the baseline; and a chain of all conditionals is log q."""
    energies, logs, conditionals = exact()
    step = drawn(numbers("test", 0), table(logs, conditionals), 4, 64)
    free = conditionals.clone().requires_grad_()
    energy = energies[whole(step.x)]
    loss = all_conditionals(table(logs, free), step, energy)
    assert torch.autograd.grad(loss, free)[0].abs().max() < 1e-2  # rewards of 1e-15 over their deviation + 1e-12
    partly = any_order(table(logs, free), step, energy)
    assert torch.autograd.grad(partly, free)[0].abs().max() > 0.1


def test_a_reward_lowers_what_is_too_likely():
    logs = torch.tensor([-1.0, -1.0, -1.0], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(reinforce(logs, torch.tensor([2.0, 0.0, 1.0], dtype=torch.float64)), logs)
    assert slope.numpy() == pytest.approx(np.array([1, -1, 0]) / 3, abs=1e-9)


def test_training_comes_near_and_monte_carlo_does_not():
    found = {
        name: marginal_model(numbers("calculation", 100), objective=name, side=2, **SIZES)
        for name in ("mam", "arm", "full")
    }
    assert found["mam"]["marginal_error"] < 0.2 < found["arm"]["marginal_error"]
    assert found["full"]["kl"] < 0.1 < found["arm"]["kl"]
    assert found["arm"]["sum_error"] == pytest.approx(0, abs=1e-9)
