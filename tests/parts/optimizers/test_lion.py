"""Lion and its family."""

import math

import pytest
import torch

from tests.parts.optimizers.bowls import assert_seeds_are_kept_apart, descend, follow
from tests.parts.optimizers.logistic import VALUES, expected, iterates

KINDS = {
    "l1": {}, "huber": {"e": 0.05}, "dead_zone": {"e": 0.05}, "l2": {}, "lp": {"p": 3.0}, "top_k": {"share": 0.3},
}  # fmt: skip
CASES = {"lion_logit_nowd": "l1", "lion_quad_wd": "l1", "lionk_l2_quad": "l2", "lionk_lp3_quad": "lp"}
ALIKE = [{"kind": "huber", "e": 1e-12}, {"kind": "dead_zone", "e": 1e-12}, {"kind": "lp", "p": 1.0}]
ALIKE += [{"kind": "top_k", "share": 1.0}]


def told(case):
    given = case["inputs"]
    beta1, beta2 = given["betas"]
    return {"lr": given["lr"], "beta1": beta1, "beta2": beta2, "weight_decay": given["weight_decay"]}


@pytest.mark.parametrize("name", CASES)
def test_iterates(name):
    case, kind = VALUES[name], CASES[name]
    found = iterates(case, "lion", kind=kind, **told(case) | KINDS[kind])
    torch.testing.assert_close(found, expected(case), rtol=1e-12, atol=1e-12)


def test_weights_end_within_the_bound():
    """They start at six times it; its optimum is at the bound in all coordinates but one."""
    case = VALUES["lion_bound_200"]
    found = iterates(case, "lion", **told(case))
    decay, said = case["inputs"]["weight_decay"], case["expected"]
    largest = found.abs().amax(1)[[step - 1 for step in said["at_steps"]]] * decay
    torch.testing.assert_close(largest.tolist(), said["max_abs_times_wd"])
    torch.testing.assert_close(found[-1].tolist(), said["final"])


@pytest.mark.parametrize("kind", KINDS)
def test_seeds_are_kept_apart(kind):
    assert_seeds_are_kept_apart("lion", kind=kind, **KINDS[kind])


@pytest.mark.parametrize(("kind", "norm"), [("l1", math.inf), ("huber", math.inf), ("l2", 2.0), ("lp", 1.5)])
def test_the_distance_to_the_bound_shrinks(kind, norm):
    """In the dual norm of K, of all weights of a seed together, by 1 - lr weight_decay a step."""
    lr, decay, steps = 0.05, 4.0, 60
    (before, _), (after, _) = (
        descend("lion", [0], n, lr=lr, weight_decay=decay, kind=kind, **KINDS[kind]) for n in (0, steps)
    )
    first, last = (torch.cat([p.flatten() for p in b.seed(0)]).norm(norm) for b in (before, after))
    assert first > 2 / decay
    assert last - 1 / decay <= (1 - lr * decay) ** steps * (first - 1 / decay) + 1e-12


@pytest.mark.parametrize("limit", ALIKE, ids=lambda each: each["kind"])
def test_in_its_limit_each_is_lion(limit):
    ours, lion = descend("lion", [0, 1], **limit)[0], descend("lion", [0, 1])[0]
    for p, q in zip(ours.parameters, lion.parameters, strict=True):
        torch.testing.assert_close(p, q, rtol=1e-12, atol=1e-12)


def test_the_share_is_of_all_weights():
    """Of 4 + 6 the three with the largest gradients move."""
    weights = [torch.zeros(2, 2), torch.zeros(6)]
    slopes = [torch.tensor([[[1.0, -5.0], [0.1, 0.2]]]), torch.tensor([[3.0, 0.3, 0.4, -4.0, 0.5, 0.6]])]
    matrix, bias = follow("lion", weights, slopes, lr=1.0, kind="top_k", share=0.25)
    assert matrix.tolist() == [[0, 1], [0, 0]]
    assert bias.tolist() == [-1, 0, 0, 1, 0, 0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_gradient_of_zero_leaves_the_decay(kind):
    (after,) = follow("lion", [torch.ones(3)], [torch.zeros(2, 3)], lr=0.5, weight_decay=0.2, kind=kind)
    torch.testing.assert_close(after, torch.full((3,), 0.81))
