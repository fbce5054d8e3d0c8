"""DisCO: the gradients of the released program, its limits, and groups that say nothing."""

import json
import math

import pytest
import torch
from torch import tensor

from losses.preference._groups import drawn
from losses.preference.disco import DisCO
from tests.losses.preference.test_groups import UNIFORMS
from tests.losses.preference.test_pairs import world
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "preference" / "disco.json").read_text())


def float64(values):
    return tensor(values, dtype=torch.float64)


def disco(tau, *, beta=10.0, delta=0.02, score="log_likelihood"):
    return DisCO(beta=beta, delta=delta, group=4, tau=tau, score=score, above=0.5)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['system']}-{case['hyper']['delta']}")
def test_gradients_are_those_of_the_released_program(case):
    """Its scores are means over the tokens of a response, and its divergence an estimate over all tokens."""
    policy, old, mask = (float64(case["inputs"][name]) for name in ("log_prob", "old_log_prob", "mask"))
    policy.requires_grad_()
    right = (tensor(case["inputs"]["reward"]) > 0.5).view(2, 4)
    each = (policy - old).exp() if case["system"].endswith("Lratio") else policy
    scores = ((each * mask).sum(1) / mask.sum(1)).view(2, 4)
    apart = policy - old
    kl = ((apart.exp() - 1 - apart) * mask).sum() / mask.sum()
    assert kl.item() == pytest.approx(case["output"]["kl"])
    loss = disco(case["hyper"].get("tau", math.inf), beta=case["hyper"]["beta"], delta=case["hyper"]["delta"])
    found = torch.autograd.grad(loss.penalty(kl) - loss.gained(scores, right), policy)[0]
    torch.testing.assert_close(found, float64(case["output"]["gradient"]), rtol=1e-6, atol=1e-9)


def test_with_a_large_tau_wrong_draws_count_alike():
    scores = torch.randn(5, 4, generator=torch.Generator().manual_seed(0)).double()
    right = tensor([[True, False, False, False]] * 5)
    torch.testing.assert_close(
        disco(1e6).gained(scores, right), disco(math.inf).gained(scores, right), rtol=0, atol=1e-5
    )


def test_with_a_small_tau_the_worst_wrong_draw_counts():
    scores, right = tensor([[3.0, 1.0, 2.0, -5.0]]).double(), tensor([[True, False, False, False]])
    assert disco(1e-3).gained(scores, right).item() == pytest.approx(3 - 2 + 1e-3 * math.log(3))


@pytest.mark.parametrize("tau", [1.0, math.inf])
def test_groups_of_one_kind_say_nothing_and_count(tau):
    scores = torch.randn(3, 4, generator=torch.Generator().manual_seed(1)).double().requires_grad_()
    right = tensor([[True] * 4, [False] * 4, [True, False, True, False]])
    found = disco(tau).gained(scores, right)
    torch.testing.assert_close(found, disco(tau).gained(scores[2:], right[2:]) / 3)
    gradient = torch.autograd.grad(found, scores)[0]
    assert gradient.isfinite().all()
    assert not gradient[:2].any()
    assert gradient[2].all()


@pytest.mark.parametrize("score", ["log_likelihood", "ratio"])
def test_of_rows_it_is_that_of_their_draws(score):
    reference, reward, rows = world()
    loss = disco(2.0, beta=0.0, score=score)
    z = torch.randn(reference.shape, generator=torch.Generator().manual_seed(2)).double()
    policy = (reference + z).log_softmax(1)
    places = drawn(reference, UNIFORMS)
    scores = policy if score == "log_likelihood" else (policy - reference).exp()
    wanted = -loss.gained(scores.gather(1, places), reward.gather(1, places) > 0.5)
    torch.testing.assert_close(loss(z, rows[:1], tensor([0]), uniforms=UNIFORMS), wanted)


def test_the_divergence_is_of_the_reference_from_the_policy():
    reference, _, rows = world()
    z = torch.randn(reference.shape, generator=torch.Generator().manual_seed(4)).double()
    with_it, without = (
        disco(2.0, beta=beta, delta=0.0)(z, rows[:1], tensor([0]), uniforms=UNIFORMS) for beta in (2.0, 0.0)
    )
    policy = (reference + z).log_softmax(1)
    kl = (reference.exp() * (reference - policy)).sum()
    torch.testing.assert_close(with_it - without, kl.square())


def test_the_penalty_is_of_what_is_beyond_delta():
    loss = disco(1.0, beta=8.0, delta=0.5)
    assert loss.penalty(tensor(0.4)).item() == 0
    assert loss.penalty(tensor(1.0)).item() == pytest.approx(1.0)


def test_the_order_of_rows_and_their_draws_is_nothing():
    _, _, rows = world()
    draw = torch.Generator().manual_seed(3)
    z, uniforms = torch.randn(len(rows), 4, generator=draw).double(), torch.rand(len(rows), 4, generator=draw).double()
    order = torch.randperm(len(rows), generator=draw)
    loss, index = disco(2.0), torch.arange(len(rows))
    moved = loss(z[order], rows[order], index, uniforms=uniforms[order])
    torch.testing.assert_close(moved, loss(z, rows, index, uniforms=uniforms))
