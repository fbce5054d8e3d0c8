"""Schedule-free learning."""

import pytest
import torch

from runner.training.optimizer import optimizer_of
from tests.parts.optimizers.bowls import descend
from tests.parts.optimizers.logistic import VALUES, Problem
from tests.zoo import node

CASES = {"schedule_free_sgd_logit": "schedule_free_sgd", "schedule_free_adamw_logit": "schedule_free_adamw"}
NAMES = sorted(CASES.values())


@pytest.mark.parametrize("case", CASES)
def test_iterates_and_average(case):
    """Warmed up as the loop does it, from outside."""
    given, said, name = VALUES[case]["inputs"], VALUES[case]["expected"], CASES[case]
    numbers = {"lr": given["lr"], "weight_decay": given["weight_decay"]}
    problem = Problem(given)
    optimizer = optimizer_of(node(name, "optimizer") | numbers, [problem.w], [0])
    found = []
    for step in range(1, given["steps"] + 1):
        optimizer.param_groups[0]["lr"] = given["lr"] * min(1.0, step / max(given["warmup_steps"], 1))
        problem()
        optimizer.step(problem)
        found.append(problem.w.tolist())
    torch.testing.assert_close(found, said["y_train"], rtol=1e-9, atol=1e-12)
    ((parameter, average),) = optimizer.evaluated()
    torch.testing.assert_close(average.tolist(), said["x_eval"], rtol=1e-9, atol=1e-12)
    assert parameter is problem.w
    assert parameter.tolist() == found[-1]


@pytest.mark.parametrize("name", NAMES)
def test_the_averages_of_seeds_are_kept_apart(name):
    together, optimizer = descend(name, [0, 1, 2], lr=0.01)
    averages = {id(p): average for p, average in optimizer.evaluated()}
    for seed in range(3):
        others = descend(name, [seed], lr=0.01)[1].evaluated()
        for p, (_, average) in zip(together.parameters, others, strict=True):
            ours = averages[id(p)][seed]
            torch.testing.assert_close(ours.mT if ours.dim() == 2 else ours, average, rtol=1e-9, atol=1e-9)


def test_at_a_rate_of_zero_the_average_is_the_weights():
    bowls, optimizer = descend("schedule_free_sgd", [0], 3, lr=0.0)
    for p, average in optimizer.evaluated():
        torch.testing.assert_close(average, p.detach())
    assert len(list(optimizer.evaluated())) == len(bowls.parameters)


def test_at_a_constant_rate_the_average_is_the_mean_of_all_z():
    problem = Problem(VALUES["schedule_free_sgd_logit"]["inputs"])
    start, slopes = problem.w.detach().clone(), []
    optimizer = optimizer_of(node("schedule_free_sgd", "optimizer") | {"lr": 0.3}, [problem.w], [0])
    for _ in range(7):
        problem()
        slopes.append(problem.w.grad.clone())
        optimizer.step(problem)
    ((_, average),) = optimizer.evaluated()
    torch.testing.assert_close(average, (start - 0.3 * torch.stack(slopes).cumsum(0)).mean(0))
