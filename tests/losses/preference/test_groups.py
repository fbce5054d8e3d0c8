"""Losses that look at the true reward: worked values, and the policy at which they rest."""

import json

import pytest
import torch
from torch import tensor

from losses.preference._groups import drawn
from losses.preference._rows import log_policy, rows_of
from losses.preference.f_dpg import FDPG
from losses.preference.grpo import GRPO
from losses.preference.gvpo import GVPO
from losses.preference.kl_reward import KLReward
from tests.losses.preference.test_pairs import world
from tests.zoo import ROOT

VALUES = ROOT / "tests" / "values" / "preference"
GROUPS, DIVERGENCES = (json.loads((VALUES / f"{name}.json").read_text()) for name in ("gvpo", "f_dpg"))
KINDS = ("forward_kl", "reverse_kl", "js", "tv")
UNIFORMS = tensor([[0.1, 0.4, 0.6, 0.95]]).double()


@pytest.mark.parametrize("case", GROUPS)
@pytest.mark.parametrize("held", [False, True])
def test_gvpo_summed_is_the_released_one_whether_the_mean_is_held_or_not(case, held):
    policy, reference, mask, reward = (
        tensor(case["inputs"][name]).double() for name in ("log_prob", "reference_log_prob", "mask", "reward")
    )
    policy.requires_grad_()
    ratio, reward = ((policy - reference) * mask).sum(1).view(2, -1), reward.view(2, -1)
    hyper = case["hyper"]
    if held:
        r = hyper["beta"] * ratio
        off = (r - r.mean(1, keepdim=True).detach()) - (reward - reward.mean(1, keepdim=True))
        loss = off.square().sum() / 2 / (hyper["k"] - 1)
    else:
        loss = GVPO(beta=hyper["beta"], group=hyper["k"]).of(ratio, reward).sum()
    assert loss.item() == pytest.approx(case["output"]["loss"])
    torch.testing.assert_close(torch.autograd.grad(loss, policy)[0], tensor(case["output"]["gradient"]).double())


@pytest.mark.parametrize("case", DIVERGENCES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_divergence_and_its_gradient_are_the_worked_ones(case, kind):
    logits, base, reward = (tensor(case["inputs"][name]).double() for name in ("logits", "base", "reward"))
    logits.requires_grad_()
    beta, expected = case["hyper"]["beta"], case["output"][kind]
    loss = FDPG(beta=beta, divergence=kind).of(logits.log_softmax(0), log_policy(reward / beta, base.log()))
    assert loss.item() == pytest.approx(expected["divergence"])
    torch.testing.assert_close(torch.autograd.grad(loss, logits)[0], tensor(expected["gradient"]).double())


@pytest.mark.parametrize("loss", [KLReward(beta=0.5), *(FDPG(beta=0.5, divergence=kind) for kind in KINDS[:3])])
def test_the_exact_ones_rest_at_the_best_policy_alone(loss):
    reference, reward, rows = world()
    for z, rests in ((reward / 0.5, True), (0 * reward, False)):
        z = z.clone().requires_grad_()
        gradient = torch.autograd.grad(loss(z, rows[:1], tensor([0])).sum(), z)[0]
        assert (gradient.abs().max() < 1e-12) == rests
    z = (reward / 0.5).clone()
    least = -0.5 * (reference + reward / 0.5).logsumexp(1) if isinstance(loss, KLReward) else torch.zeros(1).double()
    torch.testing.assert_close(loss(z, rows[:1], tensor([0])), least)


def test_gvpo_rests_there_whatever_is_drawn_and_at_the_reference_is_half_the_variance_of_rewards():
    reference, reward, rows = world()
    loss = GVPO(beta=0.5, group=4)
    z = (reward / 0.5).clone().requires_grad_()
    best = loss(z, rows[:1], tensor([0]), uniforms=UNIFORMS)
    assert best.item() < 1e-20
    assert torch.autograd.grad(best.sum(), z)[0].abs().max() < 1e-12
    theirs = reward.gather(1, drawn(reference, UNIFORMS))
    torch.testing.assert_close(loss(0 * reward, rows[:1], tensor([0]), uniforms=UNIFORMS), theirs.var(1) / 2)


def test_draws_are_as_probable_as_the_reference_has_them():
    log_p = tensor([[0.2, 0.0, 0.5, 0.3]]).double().log()
    grid = (torch.arange(1000)[None] + 0.5) / 1000
    counts = drawn(log_p, grid).flatten().bincount(minlength=4)
    assert counts.tolist() == [200, 0, 500, 300]


def test_grpo_is_deaf_to_the_size_of_rewards_and_stops_where_ratios_are_clipped():
    reference, reward, rows = world()
    loss = GRPO(beta=0.0, group=4, clip=0.2)
    ratio, its = tensor([[0.5, 1.0, 1.1, 2.0]]).double(), tensor([[3.0, 1.0, 0.0, 4.0]]).double()
    torch.testing.assert_close(loss.gained(ratio, 7 * its + 2), loss.gained(ratio, its), rtol=1e-3, atol=1e-3)
    a = ((its - 2) / (its.std() + 1e-4))[0]
    expected = (0.5 * a[0] + 1.0 * a[1] + 1.1 * a[2] + 1.2 * a[3]) / 4
    torch.testing.assert_close(loss.gained(ratio, its)[0], expected)
    policy = log_policy(reward, rows_of(rows[:1]).reference)
    apart = [
        GRPO(beta=b, group=4, clip=0.2)(reward, rows[:1], tensor([0]), uniforms=UNIFORMS).item() for b in (0.0, 1.0)
    ]
    assert apart[1] - apart[0] == pytest.approx((policy.exp() * (policy - reference)).sum().item())
