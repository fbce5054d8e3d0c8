"""Sparse subspace variational inference: its objective, its limits, what is exchanged and when, and what is refused."""

import json
import math

import pytest
import torch
import torch.nn.functional as F
from torch.distributions import Normal, kl_divergence

from runner.console.errors import ConfigError
from runner.parts.methods.ssvi import SSVI, Gaussian, largest
from runner.training.run import run
from tests.objectives import cell_of, first, near, same, values
from tests.parts.flat_network import batch_of, parts
from tests.zoo import ROOT

SAID = {
    "density": 0.5, "share": 0.3, "every": 1, "until": 0.75, "prior": 0.2, "kl_scale": 2.0, "mean": 0.5, "sigma": 0.3,
}  # fmt: skip
X = torch.linspace(-2, 2, 20, dtype=torch.float64).view(4, 5)


def method(**changed):
    network, loss, none = parts(5, 3)
    made = SSVI(network, loss, none, 9, **SAID | changed).double()
    made.begin(1, 4)
    return made


def batch(noise=None):
    noise = torch.randn(15, dtype=torch.float64) if noise is None else noise
    return batch_of(X, [0, 1, 2, 1], ssvi_noise=noise)


def released(name):
    found = json.loads((ROOT / f"tests/values/methods/{name}.json").read_text())
    return {k: torch.tensor(v, dtype=torch.float64) for k, v in (found["inputs"] | found["expected"]).items()}


@pytest.mark.parametrize(
    ("wrong", "allowed"),
    [("density=0", r"\(0, 1\]"), ("density=1.5", r"\(0, 1\]"), ("share=-1", r"\[0, 1\]"), ("every=0", r"\[1, inf\)"),
     ("until=2", r"\[0, 1\]"), ("prior=0", r"\(0, inf\)"), ("kl_scale=-1", r"\[0, inf\)"), ("sigma=0", r"\(0, inf\)")],
)  # fmt: skip
def test_arguments_out_of_range_are_refused(wrong, allowed):
    with pytest.raises(ConfigError, match=f"method.{wrong}: must be .*{allowed}"):
        cell_of("method=ssvi", f"method.{wrong}")


def test_weights_that_are_a_function_of_others_are_refused():
    with pytest.raises(ConfigError, match=r"method .*SSVI.*: needs a network with linear layers .* trained themselves"):
        first("method=ssvi", "model=nm_sparse", "model.m=4", "model.network.width=8")


@pytest.mark.parametrize("density", [0.4, 1.0])
def test_the_objective_is_that_of_the_paper(density):
    """By hand, with torch's own divergence; at density 1 that of all weights."""
    made, seen = method(density=density), batch()
    ((mu, gaussian),) = made.posterior()
    active = gaussian.active.bool()
    assert active.sum() == round(15 * density)
    scale = gaussian.rho.exp().log1p()
    weight = torch.where(active, mu + scale * seen.draws["ssvi_noise"].view(3, 5), 0.0)
    loss = F.cross_entropy(F.linear(X, weight, made.erm.network.head.bias), seen.labels, reduction="none")
    prior = Normal(*torch.tensor([0, 0.2], dtype=torch.float64))
    price = 2.0 / 9 * 0.5  # of epoch 1 of 4
    near(made(seen), loss + price * kl_divergence(Normal(mu, scale), prior)[active].sum())


def test_without_noise_and_price_all_weights_are_plain_training():
    made, seen = method(density=1.0, kl_scale=0.0), batch(torch.zeros(15, dtype=torch.float64))
    ((mu, _),) = made.posterior()
    losses = made(seen)
    plain = F.cross_entropy(F.linear(X, mu, made.erm.network.head.bias), seen.labels, reduction="none")
    same(losses, plain)
    same(torch.autograd.grad(losses.mean(), mu), torch.autograd.grad(plain.mean(), mu))


def test_predictions_are_those_of_the_means():
    made = method()
    ((mu, gaussian),) = made.posterior()
    made(batch())
    same(made.predict(X), F.linear(X, mu * gaussian.active, made.erm.network.head.bias))


def test_weights_that_are_not_active_have_no_gradient():
    made = method()
    ((mu, gaussian),) = made.posterior()
    for slope in torch.autograd.grad(made(batch()).mean(), [mu, gaussian.rho]):
        assert torch.equal(slope != 0, gaussian.active > 0)


def test_the_gradient_that_chooses_is_of_all_weights():
    made, seen = method(), batch()
    ((mu, gaussian),) = made.posterior()
    noise = gaussian.active * gaussian.scale() * seen.draws["ssvi_noise"].view(3, 5)
    weight = (gaussian.active * mu + noise).detach().requires_grad_()
    loss = F.cross_entropy(F.linear(X, weight, made.erm.network.head.bias), seen.labels)
    near(made.slopes(seen, [seen.draws["ssvi_noise"]])[0], torch.autograd.grad(loss, weight)[0])


def test_the_exchange_is_as_released():
    """One that goes and comes back keeps its mean; one that is new begins at 0, with the mean rho of the others."""
    found = json.loads((ROOT / "tests/values/methods/ssvi_swap.json").read_text())
    given, expected = found["inputs"], found["expected"]
    mu = torch.tensor(given["mu"], dtype=torch.float64)
    gaussian = Gaussian(mu.shape, 4 / 6, 0.1).double()
    sigma = torch.tensor(given["sigma"], dtype=torch.float64).clamp(min=0.01)
    gaussian.rho.data.copy_(sigma.expm1().log())
    gaussian.active.copy_(torch.tensor(given["mask"]))
    mu[5] = 0.7  # what an optimizer may make of a weight that is not active
    gaussian.swap(mu, torch.tensor(given["dense_grad_mu"], dtype=torch.float64), given["drop_fraction"])
    assert gaussian.active.tolist() == expected["mask"]
    near(gaussian(mu), torch.tensor(expected["mu"], dtype=torch.float64))
    stayed = gaussian.rho[[0, 1, 3]].mean()
    near(gaussian.scale()[5], F.softplus(stayed))
    near(gaussian.scale()[:4], sigma[:4])


def test_weights_are_ordered_as_released():
    """By the mean of |w| over its deviation, which is a growing function of |mu| / s."""
    known = released("ssvi_drop_criteria")
    ratio = torch.cat([known["mu"].abs() / known["sigma"], torch.linspace(0, 6, 200, dtype=torch.float64)])
    mean = ratio * torch.erf(ratio / 2**0.5) + (2 / math.pi) ** 0.5 * torch.exp(-(ratio**2) / 2)
    score = mean / (1 + ratio**2 - mean**2).sqrt()
    near(score[:6], known["SNR_mean_abs"])
    assert (score[ratio.argsort()].diff() >= 0).all()
    assert (score[6:].diff() > 0).all()


def test_the_share_falls_and_ends():
    made = method(every=2, until=0.5)
    found = []
    for epoch in range(1, 21):
        made.begin(epoch, 20)
        found.append(made.leaving)
    due = {t: 0.15 * (1 + math.cos(math.pi * t / 10)) for t in (2, 4, 6, 8)}
    assert found == pytest.approx([due.get(t, 0.0) for t in range(20)])


def test_an_exchange_is_made_once_an_epoch_and_changes_no_number():
    made, seen = method(share=1.0), batch()
    ((mu, gaussian),) = made.posterior()
    before, active = mu.detach().clone(), gaussian.active.clone()
    made.begin(2, 4)
    made(seen)
    after = gaussian.active.clone()
    assert after.sum() == active.sum()
    assert not torch.equal(after, active)
    made(seen)
    assert torch.equal(gaussian.active, after)
    same(mu.detach(), before)


def test_the_first_layer_is_dense_and_each_other_keeps_its_share(compose):
    objective, seen = first("method=ssvi", "method.every=1", "model.depth=2", "model.width=16", "epochs=8")
    assert seen.draws["ssvi_noise"].shape == (8 * 16 + 16 * 16 + 16 * 4,)
    for epoch in range(1, 9):
        objective.begin(epoch)
        values(objective, seen)
        counts = [int(gaussian.active.sum()) for _, gaussian in objective.method.posterior()]
        assert counts == [128, 26, 7]


def test_of_several_the_largest_are_found():
    scores = torch.tensor([[3.0, 1.0], [2.0, 5.0]])
    assert largest(scores, 0).tolist() == [[0, 0], [0, 0]]
    assert largest(scores, 3).tolist() == [[1, 0], [1, 1]]


def test_all_weights_stay_where_all_are_active(compose, measured):
    """Exchanges make no difference to variational inference of all weights."""
    said = ["method=ssvi", "method.density=1", "epochs=4", "dataset.num_train=64"]
    rows = [measured(run(**compose(*said, f"method.share={share}", "method.every=1"))) for share in (0, 0.5)]
    assert rows[0] == rows[1]
