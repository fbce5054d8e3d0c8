"""BROAD: the released code's weights, what the adversary learns, whose gradient is felt."""

import json

import pytest
import torch
from torch import tensor
from torch.nn.functional import cross_entropy

from runner.data.loader import Batch
from runner.nodes.build import build
from runner.parts.domains import members
from runner.parts.regularizers.broad import of_mean_one
from tests.objectives import first, same
from tests.zoo import ROOT, node

CASES = json.loads((ROOT / "tests/values/environments/broad.json").read_text())
N = 40
DRAW = torch.Generator().manual_seed(0)
GROUP = torch.arange(N) % 3
LOGITS = torch.randn(N, 2, generator=DRAW, dtype=torch.float64)
LABELS = torch.randint(2, (N,), generator=DRAW)
BATCH = Batch(torch.randn(N, 4, generator=DRAW, dtype=torch.float64), LABELS, torch.arange(N), {})


def broad(name="broad", **said):
    """The same one each time."""
    given = {"domain": GROUP, "num_classes": 2, "num_outputs": 2, "input_shape": (4,)}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return build("regularizer", node(name, "regularizer")[name] | {"steps": 3, "lr": 0.01} | said, **given).double()


@pytest.mark.parametrize("case", CASES)
def test_weights_are_the_released_codes(case):
    """Its adversary has one logit, which is ours less 0."""
    logit, group = (tensor(case["inputs"][key], dtype=torch.float64) for key in ("adversary_logits", "sensitive"))
    losses = cross_entropy(torch.stack([torch.zeros_like(logit), logit], 1), group.long(), reduction="none")
    same(losses, tensor(case["output"]["adversary_loss"], dtype=torch.float64))
    r = of_mean_one(-losses / case["hyper"]["tau"], members(group.long(), torch.arange(len(group)), 2))
    same(r, tensor(case["output"]["r"], dtype=torch.float64))
    assert (r * losses).mean().item() == pytest.approx(case["output"]["weighted"], abs=1e-9)


@pytest.mark.parametrize("name", ["broad", "road"])
def test_what_the_network_feels_is_the_weighted_loss_of_the_adversary_as_it_then_stands(name):
    made, logits = broad(name, weight=2.0), LOGITS.clone().requires_grad_()
    before = made.adversary.numbers.clone()
    value = made(logits, logits, BATCH)
    assert not torch.equal(made.adversary.numbers, before)
    losses = cross_entropy(made.adversary(logits), GROUP, reduction="none")
    of = members(GROUP, BATCH.index, 3)
    if name == "broad":
        r = of_mean_one(-losses.detach() / made.tau, of)
    else:
        r = of_mean_one(made.weigher(torch.cat([BATCH.x, of.double()], 1))[:, 0], of)
    wanted = -2 * (r * losses).mean()
    same(value, wanted)
    same(torch.autograd.grad(value, logits)[0], torch.autograd.grad(wanted, logits)[0])


def test_the_adversary_learns_to_tell_the_group():
    logits = torch.nn.functional.one_hot(GROUP, 3).double()[:, :2] * 2
    made = broad(steps=300)
    made(logits, logits, BATCH)
    assert (made.adversary(logits).argmax(1) == GROUP).all()


def test_a_large_tau_is_adversarial_debiasing():
    made = broad(tau=1e9, weight=1.0)
    value = made(LOGITS, LOGITS, BATCH)
    assert value.item() == pytest.approx(-cross_entropy(made.adversary(LOGITS), GROUP).item(), abs=1e-8)


def test_an_adversary_that_is_told_the_label_uses_it():
    made = broad(odds=True)
    assert made(LOGITS, LOGITS, BATCH) != broad(odds=True)(LOGITS, LOGITS, BATCH._replace(labels=1 - LABELS))
    assert made.adversary.shapes[0][0] == broad().adversary.shapes[0][0] + 2


@pytest.mark.parametrize("name", ["broad", "road"])
def test_a_group_that_the_batch_lacks_is_left_out(name):
    here = (GROUP < 2).nonzero()[:, 0]
    made, fewer = broad(name), BATCH.at(here)
    value = made(LOGITS[here], LOGITS[here], fewer)
    assert value.isfinite()
    assert made.adversary.numbers.isfinite().all()


def test_weights_have_mean_one_in_each_group_however_large_scores_are():
    of = members(GROUP, torch.arange(N), 4)  # of a fourth group there is none
    r = of_mean_one(1000 * torch.randn(N, generator=DRAW, dtype=torch.float64), of)
    same((r @ of.double()) / of.sum(0).double().clamp(min=1), tensor([1.0, 1.0, 1.0, 0.0], dtype=torch.float64))


def test_it_is_trained_beside_a_network_and_leaves_its_numbers_to_itself():
    objective, seen = first("regularizer=broad", "dataset=biased_numbers", "dataset.num_train=200")
    adversary = objective.method.regularizer.parts["broad"].adversary
    assert not any(id(adversary.numbers) == id(p) for p in objective.parameters())
    before = adversary.numbers.clone()
    objective(seen)
    assert not torch.equal(adversary.numbers, before)
