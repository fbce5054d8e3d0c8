"""A penalty that is tuned while the network trains: the released updates, its limits, and what is refused."""

import json

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from runner.console.errors import ConfigError
from runner.contracts.model import Model
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods import hyper_training
from runner.parts.methods.hyper_training import HyperTraining, penalty
from runner.parts.methods.own_adam import OwnAdam
from tests.objectives import built, first, near, same, values
from tests.parts.erm import unnamed
from tests.zoo import ROOT

CASE = json.loads((ROOT / "tests/values/methods/hypertraining_linear.json").read_text())
HELD = ["val_fraction=0.2", "noise=0.3"]
STILL = ["method.hyper_lr=0", "method.init=0", "method.start=0"]


class Gaussian(nn.Module):
    """Minus the log-likelihood of numbers (B, 1) under a deviation of 0.1."""

    def forward(self, outputs, labels, index):
        return -torch.distributions.Normal(outputs, 0.1).log_prob(labels)[:, 0]


class Line(Model):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Identity())
        self.head = nn.Linear(3, 1)


class Descent(OwnAdam):
    """Plain gradient descent in its place."""

    def step(self, at, slope, due):
        return torch.where(due, at - self.lr * slope, at)


def released():
    """The method and the batch of the stored run, before it begins."""
    told = {name: torch.tensor(value, dtype=torch.float64) for name, value in CASE["inputs"].items()}
    held = (told["Xv"], told["tv"])
    sizes = {"start": told["lam0"].item(), "hyper_lr": 1.0, "sigma": 0.0, "init": 0.0, "squared": False}
    method = HyperTraining(Line(), Criterion(Gaussian()), Penalties({}), lambda: held, **sizes).double()
    method.adam = Descent(told["lr_lam"].item(), ())
    for name, places in (("weight", slice(3)), ("bias", slice(3, 4))):
        trained = method.erm.network.head.parametrizations[name]
        trained.original.data.copy_(told["phi_b"][places].view_as(trained.original))
        trained[0].slope.data.copy_(told["phi_W"][0, places].view_as(trained.original))
    return method, Batch(told["X"], told["t"], torch.arange(6), {}), told["lr_phi"].item()


def test_iterates_of_the_released_code(monkeypatch):
    """It goes on to move l at once; here that is the beginning of the next step."""
    monkeypatch.setattr(
        hyper_training, "cross_entropy", lambda outputs, targets: Gaussian()(outputs, targets, None).mean()
    )
    method, batch, lr = released()
    trained = [method.erm.network.head.parametrizations[name] for name in ("weight", "bias")]
    found = []
    for _ in range(CASE["inputs"]["steps"]):
        method(batch).mean().backward()
        for p in method.parameters():
            p.data.sub_(lr * p.grad)
            p.grad = None
        slopes, offsets = (
            torch.cat([get(t).flatten() for t in trained]) for get in (lambda t: t[0].slope, lambda t: t.original)
        )
        then = method.hyper - method.adam.lr * method.hypergradient()
        found.append(torch.cat([slopes, offsets, then[None]]).detach())
    same(torch.stack(found), torch.tensor(CASE["expected"]["phiW_phib_lambda"], dtype=torch.float64))


@pytest.mark.parametrize(
    "model", [["model=mlp", "model.depth=2", "model.norm=batch"], ["dataset=digits", "model=cnn", "model.width=4"]]
)
def test_where_nothing_is_tuned_it_is_a_penalty(model):
    objective, batch = first("method=hyper_training", *STILL, *HELD, *model)
    plain, _ = first("method=erm", "regularizer=l2", "regularizer.l2.weight=1", *HELD, *model)
    losses, gradients = values(objective, batch)
    near(losses, (expected := unnamed(values(plain, batch)))[0])
    ours = [g for name, g in gradients.items() if name.endswith("original")]
    assert len(ours) == len(expected[1])
    by_size = lambda gs: sorted(gs, key=lambda g: (g.numel(), g.norm().item()))  # noqa: E731  # in another order
    for one, other in zip(by_size(ours), by_size(expected[1]), strict=True):
        near(one, other)
    assert not any(g.any() for name, g in gradients.items() if name.endswith("slope"))


def test_it_begins_with_the_networks_own_weights():
    objective, batch = first("method=hyper_training", "method.start=-4", "method.init=0.3", *HELD)
    plain, _ = first("method=erm", *HELD)
    torch.testing.assert_close(objective.predict(batch.x), plain.predict(batch.x), rtol=0, atol=1e-5)  # of float32


def test_the_hypergradient_is_that_of_the_validation_loss_through_the_weights():
    """Against central differences, where the network has BatchNorm, which stays as it was."""
    objective, batch = first(
        "method=hyper_training", "method.init=0.3", "model.norm=batch", "model.activation=tanh", *HELD
    )
    method = objective.method
    for _ in range(3):
        method(batch)  # for running statistics
    kept = {name: number.clone() for name, number in method.named_buffers()}
    found = method.hypergradient()
    assert all(torch.equal(number, kept[name]) for name, number in method.named_buffers())
    method.eval()

    def wanted(hyper):
        with method.at(hyper):
            return cross_entropy(method.predict(method.held_x), method.held_labels)

    step = 1e-5
    slope = (wanted(method.hyper + step) - wanted(method.hyper - step)) / (2 * step)
    torch.testing.assert_close(found, slope.detach(), rtol=1e-6, atol=1e-8)


def test_l_moves_after_the_weights_and_predictions_go_with_it():
    objective, batch = first("method=hyper_training", "method.init=0.3", "method.hyper_lr=0.25", *HELD)
    method = objective.method
    method(batch)
    assert method.hyper.item() == -3.5
    slope = method.hypergradient()
    method(batch)
    near(method.hyper, -3.5 - 0.25 * slope.sign())
    with method.at(method.hyper):
        expected = method.predict(batch.x)
    same(method.predict(batch.x), expected)


def test_weights_are_trained_around_l():
    """At l', which the penalty has too."""
    objective, batch = first("method=hyper_training", "method.init=0.3", "method.sigma=0.5", *HELD)
    method = objective.method
    noise = batch.draws["hyper_training_noise"]
    losses = method(batch)
    drawn = -3.5 + 0.5 * noise
    with method.at(drawn):
        expected = method.erm(batch) + drawn.exp() * penalty(method.weights(), squared=True)
    near(losses, expected)
    assert noise.shape == ()
    assert noise != 0


def test_own_adam_is_torchs():
    given = torch.linspace(-2, 3, 40, dtype=torch.float64).view(10, 4).sin()
    ours, own = torch.ones(4, dtype=torch.float64), OwnAdam(0.1, (4,)).double()
    theirs = nn.Parameter(ours.clone())
    torchs = torch.optim.Adam([theirs], lr=0.1)
    for i, slope in enumerate(given):
        waited = own.step(ours, slope + 7, torch.tensor(False))
        assert torch.equal(waited, ours)
        assert own.steps == i
        ours, theirs.grad = own.step(ours, slope, torch.tensor(True)), slope
        torchs.step()
        same(ours, theirs.detach())


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ([], r"needs validation examples; val_fraction=0\.1"),
        ([*HELD, "model=compander"], "needs a network the weights of which are trained themselves"),
    ],
)
def test_what_does_not_fit_is_refused(options, line):
    with pytest.raises(ConfigError, match=line):
        built("method=hyper_training", *options)
