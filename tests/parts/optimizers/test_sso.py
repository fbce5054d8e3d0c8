"""Steps down a surrogate in the network's outputs."""

from itertools import pairwise

import pytest
import torch

from runner.training.optimizer import optimizer_of
from tests.parts.optimizers.bowls import descend
from tests.parts.optimizers.logistic import VALUES, Linear, iterates
from tests.zoo import node

ONE = {"m": 1, "tries": 0}


@pytest.mark.parametrize("name", ["sso_m1", "sso_m5"])
def test_iterates(name):
    """Of the released code, whose eta is 1 / (2 lr B)."""
    case = VALUES[name]
    told = case["inputs"]
    lr, first = 1 / (2 * told["eta"] * len(told["y"])), told["expand_coeff"] * told["init_step_size"] * 2 / 2
    search = {"tries": 100, "shrink": told["beta_update"], "expand": told["expand_coeff"], "c": told["c"]}
    found = iterates(case, "sso", lr=lr, m=told["m"], first=first, **search)
    torch.testing.assert_close(found, torch.tensor(case["expected"]["W"], dtype=torch.float64), rtol=0, atol=1e-13)


def test_of_one_step_that_is_not_tried_it_is_sgd():
    plain = {"momentum": 0.0, "weight_decay": 0.0}
    ours = descend("sso", [0, 1], lr=0.2, first=0.5, **ONE)[0]
    theirs = descend("sgd", [0, 1], lr=0.1, **plain)[0]
    for p, q in zip(ours.parameters, theirs.parameters, strict=True):
        torch.testing.assert_close(p, q, rtol=1e-12, atol=1e-12)
    assert ours.asked == 40


def test_a_step_takes_m_gradients_and_its_tries():
    bowls, optimizer = descend("sso", [0, 1], 0, m=3, tries=4)
    forwards, outputs = [], bowls.outputs
    bowls.outputs = lambda i=0: forwards.append(i) or outputs(i)
    bowls()
    optimizer.step(bowls)
    assert (bowls.asked, len(forwards)) == (3, 1 + 3 * 4)


def test_many_steps_end_where_the_surrogate_is_least():
    """Of a linear network of full rank: outputs lr times the gradient of its own loss away from where they were, or as
    near as weights can bring them."""
    told = VALUES["sso_m1"]["inputs"]
    problem = Linear(told)
    optimizer = optimizer_of(node("sso", "optimizer") | {"m": 300, "lr": 0.7}, [problem.w], [0])
    problem()
    start, slopes = problem.outputs()[0], problem.slopes(problem.outputs())[0]
    optimizer.step(problem)
    wanted = torch.linalg.lstsq(problem.x, start - 0.7 * len(start) * slopes).solution
    torch.testing.assert_close(problem.w.detach(), wanted, rtol=1e-6, atol=1e-8)


def test_the_objective_never_rises_where_the_surrogate_is_above_it():
    """Cross-entropy at lr = 2; however large the first step that is tried."""
    problem = Linear(VALUES["sso_m1"]["inputs"])
    optimizer = optimizer_of(node("sso", "optimizer") | {"lr": 2.0, "first": 100.0, "tries": 20}, [problem.w], [0])
    values = []
    for _ in range(20):
        values.append(float(problem()))
        optimizer.step(problem)
    assert all(after < before for before, after in pairwise(values))


def test_at_the_end_of_a_schedule_nothing_moves():
    bowls, optimizer = descend("sso", [0], 2)
    before = [p.detach().clone() for p in bowls.parameters]
    optimizer.param_groups[0]["lr"] = 0.0
    bowls()
    optimizer.step(bowls)
    assert all(torch.equal(p, start) for p, start in zip(bowls.parameters, before, strict=True))
