"""Losses of preferences: released values, laws, and what they find where all pairs are known."""

import json
from itertools import product

import pytest
import torch

from losses.preference._rows import BLOCKS, HEAD, Pairs, log_policy, rows_of
from runner.catalog.loss_laws import laws_for, laws_of
from tests.zoo import ROOT, make, node

CASES = json.loads((ROOT / "tests" / "values" / "preference" / "pairs.json").read_text())
NAMES = sorted(file.stem for file in (ROOT / "losses" / "preference").glob("[!_]*.py"))
UNLIKE: dict[tuple[str, str], str] = {}  # laws that a loss breaks by design, and why


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


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("law", laws_for("preference", "example"))
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


@pytest.mark.parametrize("name", ["dpo", "ipo"])
def test_a_shift_of_predictions_is_nothing(name):
    reference, reward, rows = world()
    z = reward.expand(len(rows), -1)
    loss, index = loss_of(name), torch.arange(len(rows))
    torch.testing.assert_close(loss(z + 3.0, rows, index), loss(z, rows, index))
    torch.testing.assert_close(log_policy(0 * reward, reference), reference)
