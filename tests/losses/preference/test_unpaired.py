"""Losses that look at winners or at losers alone: PoFT and D2O."""

import json

import pytest
import torch

from losses.preference._groups import drawn
from losses.preference._rows import rows_of
from losses.preference.d2o import D2O
from losses.preference.poft import preferred
from tests.losses.preference.test_pairs import loss_of, world
from tests.zoo import ROOT

FOUND = {name: json.loads((ROOT / f"tests/values/preference/{name}.json").read_text()) for name in ("d2o", "poft")}


def numbers(said):
    return {name: torch.tensor(each, dtype=torch.float64) for name, each in said.items()}


def close(found, wanted):
    torch.testing.assert_close(found, torch.tensor(wanted, dtype=torch.float64), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("case", FOUND["poft"])
def test_poft_is_the_formula_of_several_models(case):
    its, wanted = numbers(case["inputs"]), case["output"]
    policy = its["policy_logp"].requires_grad_()
    losses = preferred(policy, its["length"], its["reference_logp"], its["reference_length"])
    close(losses, wanted["per_example"])
    (gradient,) = torch.autograd.grad(losses.mean(), policy)
    close(gradient, wanted["gradient_of_mean"])
    close(-gradient * len(policy) * its["length"], wanted["weight_of_the_normalised_log_likelihood"])


@pytest.mark.parametrize("case", FOUND["d2o"])
def test_d2o_is_the_formula(case):
    its, hyper, wanted = numbers(case["inputs"]), case["hyper"], case["output"]
    policy = {name: its[name].requires_grad_() for name in wanted["gradient_of_mean"]}
    loss = D2O(beta=hyper["beta"], alpha=hyper["alpha"], samples=hyper["K"], of="policy")
    ratios = its["policy_samples"] - its["reference_minus_samples"]
    losses = loss.of(ratios, its["policy_rejected"] - its["reference_plus_rejected"])
    close(losses, wanted["per_example"])
    for name, found in zip(policy, torch.autograd.grad(losses.mean(), list(policy.values())), strict=True):
        close(found, wanted["gradient_of_mean"][name])


def test_d2o_of_the_winner_as_its_one_sample_is_dpo():
    reference, reward, rows = world()
    z, index, winner = reward.expand(len(rows), -1), torch.arange(len(rows)), rows_of(rows).winner
    upto = reference[0].exp().cumsum(0)
    middle = (upto - reference[0].exp() / 2)[winner][:, None]
    found = D2O(beta=0.1, alpha=0.1, samples=1, of="reference")(z, rows, index, uniforms=middle)
    torch.testing.assert_close(found, loss_of("dpo", beta=0.1)(z, rows, index))


def test_samples_are_as_frequent_as_probable_and_of_whom_is_told():
    log_p = torch.tensor([[0.5, 0.0, 0.3, 0.2]], dtype=torch.float64).log()
    even = (torch.arange(1000, dtype=torch.float64) + 0.5)[None] / 1000
    assert drawn(log_p, even)[0].bincount(minlength=4).tolist() == [500, 0, 300, 200]
    _, reward, rows = world()
    z, index = 5 * reward.expand(len(rows), -1), torch.arange(len(rows))
    uniforms = torch.rand(len(rows), 20, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    policy, reference = (D2O(beta=0.1, alpha=0.1, samples=20, of=of) for of in ("policy", "reference"))
    assert (policy(z, rows, index, uniforms=uniforms) < reference(z, rows, index, uniforms=uniforms)).all()


def test_poft_is_log_two_at_the_reference_and_looks_at_no_loser():
    _, reward, rows = world()
    index, other = torch.arange(len(rows)), rows.clone()
    z, other[:, 1] = reward.expand(len(rows), -1), (rows[:, 1] + 1) % 4
    loss = loss_of("poft")
    torch.testing.assert_close(loss(0 * z, rows, index), torch.full((len(rows),), 2.0).double().log())
    torch.testing.assert_close(loss(z, other, index), loss(z, rows, index))
