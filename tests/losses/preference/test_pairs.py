"""Losses of preferences: released values, laws, and what they find where all pairs are known."""

import json
from itertools import product

import pytest
import torch

from losses.preference._rows import BLOCKS, HEAD, Pairs, log_policy, rows_of
from runner.catalog.loss_laws import laws_of
from tests.zoo import ROOT, make, node

CASES = json.loads((ROOT / "tests" / "values" / "preference" / "pairs.json").read_text())
KTO = json.loads((ROOT / "tests" / "values" / "preference" / "kto.json").read_text())
NAMES = sorted(file.stem for file in (ROOT / "losses" / "preference").glob("[!_]*.py"))
UNLIKE = {  # laws that a loss breaks by design, and why
    ("disco", "the_order_of_a_batch_is_nothing"): "what is drawn stays in its place while examples move",
}


def loss_of(name, **arguments):
    return make(name, num_train=1, num_classes=0, **arguments).double()


def pairs(said, dtype=torch.float64):
    """Pairs of what a case says; what it does not say is 0, and lengths are 1."""
    size = len(said["policy_winner"])
    default = dict.fromkeys(Pairs._fields, [0.0] * size) | {"length_winner": [1.0] * size, "length_loser": [1.0] * size}
    return Pairs(**{name: torch.tensor(numbers, dtype=dtype) for name, numbers in {**default, **said}.items()})


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['loss']}: {case['origin'][:24]}")
def test_values_and_gradients_are_those_of_released_code(case):
    its = pairs(case["pairs"])
    wanted = {name: getattr(its, name).requires_grad_() for name in case["gradient_of_mean"]}
    losses = loss_of(case["loss"], **case["arguments"]).of(its)
    torch.testing.assert_close(losses, torch.tensor(case["losses"], dtype=torch.float64), rtol=1e-9, atol=1e-9)
    found = torch.autograd.grad(losses.mean(), list(wanted.values()))
    for name, gradient in zip(wanted, found, strict=True):
        expected = torch.tensor(case["gradient_of_mean"][name], dtype=torch.float64)
        torch.testing.assert_close(gradient, expected, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("case", KTO)
def test_kto_is_the_released_one(case):
    inputs = {name: torch.tensor(each, dtype=torch.float64) for name, each in case["inputs"].items()}
    wanted = case["output"]["gradient_of_mean"]
    policy = {name: inputs[name].requires_grad_() for name in wanted}
    good, bad, other = (
        inputs[f"policy_{kind}"] - inputs[f"reference_{kind}"] for kind in ("desirable", "undesirable", "mismatched")
    )
    weights = {kind: case["hyper"][f"{kind}_weight"] for kind in ("desirable", "undesirable")}
    losses = loss_of("kto", beta=case["hyper"]["beta"], **weights).of(good, bad, other)
    expected = torch.tensor(case["output"]["per_example_desirable_then_undesirable"], dtype=torch.float64)
    torch.testing.assert_close(losses, expected, rtol=1e-9, atol=1e-9)
    for name, found in zip(policy, torch.autograd.grad(losses.mean(), list(policy.values())), strict=True):
        torch.testing.assert_close(found, torch.tensor(wanted[name], dtype=torch.float64), rtol=1e-8, atol=1e-10)


def laws():
    """(name, law) of all losses of preferences."""
    return [(name, law) for name in NAMES for law in laws_of(node(name), "preference")]


@pytest.mark.parametrize(("name", "law"), laws())
def test_law(name, law, request):
    if reason := UNLIKE.get((name, law)):
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))
    laws_of(node(name), "preference")[law]()


def world(k=4):
    """The reference (1, K), rewards (1, K), and a row for each ordered pair of unlike responses (P, 3 + 5 K)."""
    g = torch.Generator().manual_seed(0)
    reference = torch.randn(1, k, generator=g, dtype=torch.float64).log_softmax(1)
    reward = torch.randn(1, k, generator=g, dtype=torch.float64)
    both = torch.tensor([(a, b) for a, b in product(range(k), repeat=2) if a != b])
    gap = reward[0, both[:, 0]] - reward[0, both[:, 1]]
    blocks = torch.cat([reference, reward, *[torch.ones(1, k, dtype=torch.float64)] * (BLOCKS - 2)], 1)
    rows = torch.cat([both.double(), gap[:, None], blocks.expand(len(both), -1)], 1)
    assert rows.shape[1] == HEAD + BLOCKS * k
    return reference, reward, rows


def population_gradient(loss, predictions, rows, weight):
    """Of the mean over pairs (P,), weighed, by predictions (1, K)."""
    z = predictions.clone().requires_grad_()
    losses = loss(z.expand(len(rows), -1), rows, torch.arange(len(rows)))
    return torch.autograd.grad((weight * losses).sum(), z)[0]


def chances(rows):
    """(P,) how often a pair comes, and its first response wins: by Bradley-Terry, pairs as the reference has them."""
    its = rows_of(rows)
    both = [its.reference.gather(1, place[:, None])[:, 0] for place in (its.winner, its.loser)]
    weight = sum(both).exp() * its.margin.sigmoid()
    return weight / weight.sum()


def test_dpo_is_at_rest_at_the_best_policy():
    _, reward, rows = world()
    loss = loss_of("dpo", beta=0.5)
    best = population_gradient(loss, reward / 0.5, rows, chances(rows))
    torch.testing.assert_close(best, torch.zeros_like(best), atol=1e-12, rtol=0)
    assert population_gradient(loss, 0 * reward, rows, chances(rows)).abs().max() > 0.01


def test_robust_dpo_is_at_rest_there_with_wrong_pairs_and_smoothed_is_not():
    _, reward, rows = world()
    swapped = rows.clone()
    swapped[:, [0, 1]] = rows[:, [1, 0]]
    weight = torch.cat([0.8 * chances(rows), 0.2 * chances(rows)])
    both = torch.cat([rows, swapped])
    found = {
        form: population_gradient(loss_of("dpo", beta=0.5, flips=0.2, form=form), reward / 0.5, both, weight)
        for form in ("robust", "smoothed")
    }
    assert found["robust"].abs().max() < 1e-12 < 1e-3 < found["smoothed"].abs().max()


def test_ipo_is_at_rest_at_its_own_optimum():
    """Pairs of two independent draws of the reference: log pi/ref is the chance to win over tau, less a constant."""
    reference, reward, rows = world()
    wins = (reward[0, :, None] - reward[0, None, :]).sigmoid() @ reference[0].exp()
    loss = loss_of("ipo", tau=0.5)
    best = population_gradient(loss, wins[None] / 0.5, rows, chances(rows))
    torch.testing.assert_close(best, torch.zeros_like(best), atol=1e-12, rtol=0)


def test_h_dpo_is_at_rest_at_a_sharper_policy_and_is_dpo_at_one():
    reference, reward, rows = world()
    best = ((reference + reward / 0.5) / 0.8) - reference
    found = population_gradient(loss_of("h_dpo", beta=0.5, alpha=0.8), best, rows, chances(rows))
    torch.testing.assert_close(found, torch.zeros_like(found), atol=1e-12, rtol=0)
    z, index = reward.expand(len(rows), -1), torch.arange(len(rows))
    one, dpo = (loss_of(name)(z, rows, index) for name in ("h_dpo", "dpo"))
    torch.testing.assert_close(loss_of("h_dpo", beta=0.1, alpha=1.0)(z, rows, index), dpo)
    assert not torch.allclose(one, dpo)


def test_mmpo_is_at_rest_where_ratios_are_margins_whoever_wins():
    """Even of one draw of each pair, and with half of the pairs won by the worse response."""
    _, reward, rows = world()
    found = population_gradient(loss_of("mmpo", beta=0.5, gamma=0.7), 0.7 * reward / 0.5, rows, torch.ones(len(rows)))
    torch.testing.assert_close(found, torch.zeros_like(found), atol=1e-12, rtol=0)


def test_napo_is_the_mean_absolute_error_at_one_and_near_dpo_at_zero():
    _, reward, rows = world()
    z, index = reward.expand(len(rows), -1), torch.arange(len(rows))
    dpo = loss_of("dpo", beta=0.5)(z, rows, index)
    torch.testing.assert_close(loss_of("napo", beta=0.5, q=1.0)(z, rows, index), 1 - (-dpo).exp())
    torch.testing.assert_close(loss_of("napo", beta=0.5, q=1e-6)(z, rows, index), dpo, rtol=1e-5, atol=1e-5)
    untrained = loss_of("napo_dynamic", beta=0.5)(0 * z, rows, index)
    torch.testing.assert_close(untrained, torch.tensor(0.5, dtype=torch.float64))


def test_kto_takes_the_responses_of_the_next_pair_for_mismatched():
    """By hand, of two pairs in one context of three responses."""
    _, reward, rows = world(3)
    pair = rows[[0, 3]]  # responses 0 over 1, and 1 over 2
    ratio = log_policy(reward, rows_of(pair).reference)[0] - rows_of(pair).reference[0]
    (a, b), (c, d) = (0, 1), (1, 2)
    z0 = (ratio[c] + ratio[d] + ratio[a] + ratio[b]) / 4
    losses = [1 - (0.1 * (ratio[k] - z0.clamp(min=0))).sigmoid() for k in (a, c)]
    losses += [1 - (0.1 * (z0.clamp(min=0) - ratio[k])).sigmoid() for k in (b, d)]
    assert rows_of(pair).winner.tolist() == [a, c]
    assert rows_of(pair).loser.tolist() == [b, d]
    found = loss_of("kto")(reward.expand(2, -1), pair, torch.arange(2))
    torch.testing.assert_close(found, sum(losses) / 4)


@pytest.mark.parametrize("name", sorted({*NAMES} - {"kto"}))
def test_a_shift_of_predictions_is_nothing(name):
    reference, reward, rows = world()
    z = reward.expand(len(rows), -1)
    loss, index = loss_of(name), torch.arange(len(rows))
    torch.testing.assert_close(loss(z + 3.0, rows, index), loss(z, rows, index))
    torch.testing.assert_close(log_policy(0 * reward, reference), reference)


@pytest.mark.parametrize("size", [60.0, 1e4])
def test_forward_kl_stays_finite_at_extremes(size):
    _, reward, rows = world()
    z = (size * reward).expand(len(rows), -1).clone().float().requires_grad_()
    loss = make("f_dpo", num_train=1, num_classes=0, divergence="forward_kl")(z, rows.float(), torch.arange(len(rows)))
    loss.sum().backward()
    assert loss.isfinite().all()
    assert z.grad.isfinite().all()


def test_mmpo_is_the_same_whoever_is_said_to_have_won():
    _, reward, rows = world()
    swapped = rows.clone()
    swapped[:, [0, 1]], swapped[:, 2] = rows[:, [1, 0]], -rows[:, 2]
    z, index = reward.expand(len(rows), -1), torch.arange(len(rows))
    torch.testing.assert_close(loss_of("mmpo")(z, swapped, index), loss_of("mmpo")(z, rows, index))
