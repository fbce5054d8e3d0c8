"""Fish: where its inner steps lead, gradient matching to first order, and environments that a batch lacks."""

import json
from collections import Counter
from itertools import permutations

import pytest
import torch
from torch import nn, tensor

from runner.console.errors import ConfigError
from runner.contracts.model import Model
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.fish import Fish
from runner.training.run import run
from tests.objectives import built, first
from tests.zoo import ROOT

CASE = json.loads((ROOT / "tests/values/environments/fish.json").read_text())
A, B = (tensor(CASE["inputs"][name], dtype=torch.float64) for name in ("A", "b"))
THETA = tensor(CASE["inputs"]["theta"], dtype=torch.float64)
GROUPS = ["dataset=biased_numbers", "dataset.num_train=200", "dataset.num_test=64", "epochs=2"]


class Numbers(Model):
    """An input (B, 9) is a matrix A; the logits are A theta (B, 3)."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Identity())
        self.head = nn.Module()
        self.head.theta = nn.Parameter(THETA.clone())
        self.head.forward = lambda x: torch.einsum("bij,j->bi", x.view(-1, 3, 3), self.head.theta)


class Squared(nn.Module):
    def forward(self, outputs, labels, index):
        return (outputs - B[labels]).square().sum(1) / 2


def direction(domain, order, rate):
    """The gradient of the mean of its losses, of a batch with an example of each of these environments."""
    domain = tensor(domain)
    network = Numbers()
    method = Fish(network, Criterion(Squared()), Penalties({}), tensor([0, 1, 2]), inner_lr=rate)
    batch = Batch(A[domain].flatten(1), domain, domain, {"fish_order": tensor(order)})
    losses = method(batch)
    expected = (torch.einsum("bij,j->bi", A[domain], THETA) - B[domain]).square().sum(1) / 2
    torch.testing.assert_close(losses.detach(), expected)
    return torch.autograd.grad(losses.mean(), network.head.theta)[0]


def matching(weight):
    """The gradient of the mean loss - weight * mean product of two environments' gradients, and that mean product."""
    theta = THETA.clone().requires_grad_()
    apart = torch.einsum("eij,j->ei", A, theta) - B
    slopes = torch.einsum("eij,ei->ej", A, apart)
    products = (slopes.sum(0).square().sum() - slopes.square().sum()) / 6
    value = apart.square().sum(1).mean() / 2 - weight * products
    return torch.autograd.grad(value, theta)[0], products.item(), value.item()


def test_inner_and_outer_steps_are_the_released_ones():
    hyper, output = CASE["hyper"], CASE["output"]
    found = direction([0, 1, 2], [0, 1, 2], hyper["inner_lr"])
    length = 3 * hyper["inner_lr"]
    torch.testing.assert_close(THETA - length * found, tensor(output["inner"], dtype=torch.float64))
    stepped = THETA - hyper["meta_step"] * length * found
    torch.testing.assert_close(stepped, tensor(output["theta_new"], dtype=torch.float64))


def test_it_is_gradient_matching_to_first_order():
    _, products, value = matching(1.0)
    assert products == pytest.approx(CASE["output"]["gip"])
    assert value == pytest.approx(CASE["output"]["idgm_loss_gamma1"])
    for rate in (1e-3, 1e-4):
        found = torch.stack([direction([0, 1, 2], order, rate) for order in permutations(range(3))]).mean(0)
        assert (found - matching(rate * 2 / 4)[0]).norm() < 1000 * rate**2 < (found - matching(0.0)[0]).norm()


@pytest.mark.parametrize("domain", [[1], [1, 1]])
def test_of_one_environment_it_is_plain_training(domain):
    torch.testing.assert_close(direction(domain, [2, 0, 1], 0.05), A[1].mT @ (A[1] @ THETA - B[1]))


def test_an_environment_that_the_batch_lacks_makes_no_step():
    """And one counts once, however many examples it has."""
    ordered = [direction([0, 2], order, 0.05) for order in ([0, 1, 2], [1, 0, 2], [0, 2, 1])]
    for other in (*ordered[1:], direction([0, 2, 2], [0, 1, 2], 0.05)):
        torch.testing.assert_close(ordered[0], other)
    assert not torch.allclose(ordered[0], direction([0, 2], [2, 1, 0], 0.05))


def test_small_inner_steps_are_the_mean_of_the_environments():
    torch.testing.assert_close(direction([0, 1, 2], [0, 1, 2], 1e-9), matching(0.0)[0], rtol=1e-5, atol=1e-5)


def test_each_batch_has_an_order_of_its_own_and_all_are_as_frequent():
    method = Fish(Numbers(), Criterion(Squared()), Penalties({}), tensor([0, 1, 2]), inner_lr=0.05)
    assert list(method.draws) == ["fish_order"]
    g = torch.Generator().manual_seed(0)
    drawn = Counter(tuple(method.draws["fish_order"](g, 8).tolist()) for _ in range(600))
    assert set(drawn) == set(permutations(range(3)))
    assert sum((count - 100) ** 2 / 100 for count in drawn.values()) < 20.5  # chi squared of 5: p = 0.001
    (_,), loader = built("method=fish", *GROUPS, "batch_size=10")
    assert {tuple(batch.draws["fish_order"][0].tolist()) for batch in loader} == {(0, 1), (1, 0)}


def test_what_is_kept_of_a_batch_is_kept_once():
    objective, batch = first("method=fish", "model.norm=batch", "loss=elr", *GROUPS)
    plain, _ = first("method=erm", "model.norm=batch", "loss=elr", *GROUPS)
    objective(batch), plain(batch)
    theirs = dict(plain.method.named_buffers())
    mine = {name.removeprefix("erm."): number for name, number in objective.method.named_buffers()}
    assert {"domain", *theirs} == {*mine}
    for name, number in theirs.items():
        assert torch.equal(mine[name], number), name


def test_penalties_are_trained_too(compose, measured):
    said = [*GROUPS, "method=fish", "regularizer=dann"]
    none, some = (measured(run(**compose(*said, f"regularizer.dann.weight={weight}"))) for weight in (0, 1))
    assert none != some


def test_data_without_environments_are_refused(compose):
    with pytest.raises(ConfigError, match="no environments"):
        list(run(**compose("dataset=blobs", "method=fish")))
