"""The gradient times the inverse of an empirical Fisher matrix."""

import pytest
import torch

from tests.parts.optimizers.bowls import descend
from tests.parts.optimizers.logistic import VALUES, Problem, iterates


@pytest.mark.parametrize("name", ["mfac_logit_m4", "mfac_quad_m2", "mfac_logit_m3_momentum_wd"])
def test_iterates(name):
    """Of the released code."""
    case = VALUES[name]
    told = {key: value for key, value in case["inputs"].items() if key in ("lr", "damp", "momentum", "weight_decay")}
    found = iterates(case, "m_fac", past=case["inputs"]["ngrads"], **told)
    torch.testing.assert_close(found, torch.tensor(case["expected"]["x"], dtype=torch.float64), rtol=0, atol=1e-14)


def test_a_step_is_the_gradient_times_the_inverse_of_the_matrix():
    """F = damp I + sum of g g' / m over all gradients so far, which are fewer than m."""
    case = VALUES["mfac_logit_m4"]
    damp, lr, steps = 0.1, 0.05, 3
    found = iterates(case | {"inputs": case["inputs"] | {"steps": steps}}, "m_fac", past=7, damp=damp, lr=lr)
    problem = Problem(case["inputs"])
    fisher = damp * torch.eye(3, dtype=torch.float64)
    for after in found:
        problem()
        g = problem.w.grad
        fisher += torch.outer(g, g) / 7
        problem.w.data -= lr * torch.linalg.inv(fisher) @ g
        torch.testing.assert_close(after, problem.w.detach(), rtol=1e-12, atol=1e-14)


def test_with_a_large_damp_it_is_sgd():
    rate = {"momentum": 0.0, "weight_decay": 0.01}
    ours = descend("m_fac", [0, 1], damp=1e12, lr=1e11, **rate)[0]
    theirs = descend("sgd", [0, 1], lr=0.1, **rate)[0]
    for p, q in zip(ours.parameters, theirs.parameters, strict=True):
        torch.testing.assert_close(p, q, rtol=1e-9, atol=1e-9)


def test_biases_may_be_left_out_of_the_decay():
    """Where damp is so large that no weight feels the others."""

    def after(**changed):
        return descend("m_fac", [0, 1], 3, damp=1e12, lr=1e11, **changed)[0].parameters

    none, all_, weights = after(), after(weight_decay=0.1), after(weight_decay=0.1, decay="weights")
    for p, q in zip(weights, (all_[0], none[1], all_[2]), strict=True):
        torch.testing.assert_close(p, q, rtol=1e-9, atol=1e-9)


def test_the_oldest_gradient_is_forgotten():
    """Of more steps than are kept the rest is as if it had never been."""
    _, optimizer = descend("m_fac", [0], steps=5, past=2)
    kept = [state["gradients"].clone() for state in optimizer.state.values()]
    assert all(rows.shape[1] == 2 for rows in kept)
    for state in optimizer.state.values():
        gradients = state["gradients"]
        torch.testing.assert_close(state["products"], gradients @ gradients.mT, rtol=1e-12, atol=1e-14)


def test_a_step_takes_one_gradient():
    assert descend("m_fac", [0], steps=3)[0].asked == 3
