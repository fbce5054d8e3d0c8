"""PaMaL: mixtures of weights and their gradients, what is learnt and what is measured of them, and plain training."""

import json
from copy import deepcopy

import pytest
import torch
from torch import tensor

from runner.parts.methods.pamal import mixture, mixtures
from runner.training.run import run
from tests.objectives import first, near, same
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests/values/environments/pamal.json").read_text())
GROUPS = ["dataset=biased_numbers", "dataset.num_train=200", "dataset.num_test=64", "epochs=2"]
MINE = ["method=pamal", "method.per_domain=true", *GROUPS]


def mixed(method, shares):
    """A network of its own that has these shares of the weights of all."""
    network, every = deepcopy(method.network), [dict(n.named_parameters()) for n in (method.network, *method.others)]
    with torch.no_grad():
        for name, p in network.named_parameters():
            p.copy_(sum(share * numbers[name] for share, numbers in zip(shares.tolist(), every, strict=True)))
    return network


@pytest.mark.parametrize("case", CASES)
def test_weights_are_mixed_and_each_network_has_its_share_of_the_gradient(case):
    names, alpha = ("theta1", "theta2"), tensor(case["inputs"]["alpha"], dtype=torch.float64)
    each = [tensor(case["inputs"][name], dtype=torch.float64, requires_grad=True) for name in names]
    theta = mixture(each, alpha)
    near(theta.detach(), tensor(case["output"]["theta"], dtype=torch.float64))
    slope = tensor(case["inputs"]["grad_at_mix"], dtype=torch.float64)
    for k, found in enumerate(torch.autograd.grad(theta @ slope, each), start=1):
        near(found, tensor(case["output"][f"grad{k}"], dtype=torch.float64))


@pytest.mark.parametrize("more", [[], ["model.norm=batch"]])
def test_a_step_is_of_each_group_under_its_share_at_the_mixture(more):
    objective, batch = first(*MINE, *more)
    method, shares = objective.method, tensor([0.2, 0.8], dtype=torch.float64)
    batch.draws["pamal_shares"] = shares
    network = mixed(method, shares)
    domain = method.domain[batch.index]
    losses = torch.nn.functional.cross_entropy(network(batch.x), batch.labels, reduction="none")
    wanted = sum(share * losses[domain == e].mean() for e, share in enumerate(shares))
    found = method(batch).mean()
    near(found, wanted)
    slopes = torch.autograd.grad(wanted, list(network.parameters()))
    for k, own in enumerate((method.network, *method.others)):
        for slope, mine in zip(
            slopes, torch.autograd.grad(found, list(own.parameters()), retain_graph=True), strict=True
        ):
            near(mine, shares[k] * slope)


def test_equal_shares_of_one_network_are_plain_training():
    """Of two groups drawn equally often."""
    said = ["sampler=domain_balanced", "batch_size=20"]
    objective, batch = first(*MINE, *said)
    plain, _ = first(*GROUPS, "method=erm", *said)
    method = objective.method
    method.others[0].load_state_dict(method.network.state_dict())
    batch.draws["pamal_shares"] = tensor([0.5, 0.5], dtype=torch.float64)
    same(objective(batch), plain(batch))
    objective.eval(), plain.eval()
    same(method.predict(batch.x), plain.method.predict(batch.x))


def test_each_network_begins_with_weights_of_its_own():
    objective, _ = first(*MINE)
    one, other = (each.head.weight for each in (objective.method.network, *objective.method.others))
    plain, _ = first(*GROUPS)
    assert torch.equal(one, plain.method.network.head.weight)
    assert not torch.equal(one, other)


def test_a_penalty_and_each_number_of_a_target_have_networks_too():
    objective, batch = first(*MINE, "regularizer=[l2,irm]")
    assert len(objective.method.others) == 3
    assert batch.draws["pamal_shares"].shape == (4,)
    boxes = ["dataset=boxes", "dataset.num_train=64", "dataset.num_test=16", "loss=l1"]
    assert len(first("method=pamal", "method.per_target=true", *boxes)[0].method.others) == 3


def test_a_penalty_of_weights_is_of_the_mixture():
    objective, batch = first("method=pamal", "regularizer=l2", "regularizer.l2.weight=0.5", *GROUPS)
    batch.draws["pamal_shares"] = shares = tensor([0.0, 1.0], dtype=torch.float64)
    network = mixed(objective.method, shares)
    near(objective(batch), 2 * 0.5 * sum(p.square().sum() for p in network.parameters()))


def test_what_is_measured_is_of_equal_shares():
    objective, batch = first(*MINE)
    method = objective.eval().method
    network = mixed(method, tensor([0.5, 0.5]))
    near(method.predict(batch.x), network(batch.x))
    near(method.represent(batch.x), network.features(batch.x))
    near(method.last_weight(), network.head.weight)
    same(method.front(batch.x)[0], method.predict(batch.x))


def test_the_front_leads_from_one_network_to_the_other():
    objective, batch = first(*MINE, "method.steps=4")
    method = objective.eval().method
    _, *along = method.front(batch.x)
    assert len(along) == 5
    same(along[0], method.others[0](batch.x))
    near(along[1], mixed(method, tensor([0.25, 0.75]))(batch.x))
    same(along[-1], method.network(batch.x))


def test_shares_along_the_front():
    for goals, count in ((1, 1), (2, 11), (3, 66), (4, 4), (7, 7)):
        equal, *others = mixtures(goals, 10).tolist()
        assert equal == pytest.approx([1 / goals] * goals)
        assert len(others) == len({tuple(each) for each in others}) == count
        assert all(sum(each) == pytest.approx(1) for each in others)


def test_running_statistics_are_of_all_mixtures_and_taken_once():
    objective, batch = first(*MINE, "model.norm=batch")
    before = deepcopy(objective.method)
    objective(batch)
    network = mixed(before, batch.draws["pamal_shares"].double()).train()
    network(batch.x)
    for (name, mine), (_, its) in zip(objective.method.network.named_buffers(), network.named_buffers(), strict=True):
        torch.testing.assert_close(mine, its, msg=name)
    for (_, mine), (_, its) in zip(objective.method.others.named_buffers(), before.others.named_buffers(), strict=True):
        assert torch.equal(mine, its)


def test_weights_are_put_back():
    objective, batch = first(*MINE)
    before = deepcopy(objective.state_dict())
    objective(batch), objective.method.front(batch.x)
    assert all(torch.equal(number, before[name]) for name, number in objective.state_dict().items())


def test_steps_along_the_front_change_nothing_that_is_trained(compose, measured):
    one, other = (measured(run(**compose(*MINE, f"method.steps={steps}"))) for steps in (1, 10))
    assert one == other
