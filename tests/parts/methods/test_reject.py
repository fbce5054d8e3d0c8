"""Rejection: the least loss, its two phases, and what is refused."""

import math

import pytest
import torch
import torch.nn.functional as F

from runner.console.errors import ConfigError
from runner.objective.assemble import main_network
from runner.parts.methods.reject import _lead, rejection
from tests.objectives import cell_of, first, near, same, values
from tests.parts.erm import of, plain


def test_rejection_is_least_where_the_docstring_says():
    """At e = 2 beta cost / alpha the best r is 0; with alpha = 2 beta this is e = cost, and e = cost exp(-alpha r)."""
    for alpha, beta, cost, e in [(2.0, 1.0, 0.05, 0.3), (1.0, 2.0, 0.1, 0.05), (3.0, 0.5, 0.2, 0.9)]:
        best = math.log(2 * beta * cost / (alpha * e)) / (alpha / 2 + beta)
        r = torch.tensor([best, best], dtype=torch.float64, requires_grad=True)
        wrong, right = rejection(r, torch.tensor([True, False]), cost=cost, alpha=alpha, beta=beta)
        near(wrong.detach(), r.new_tensor(math.exp(alpha * best / 2) + cost * math.exp(-beta * best)))
        slope = torch.autograd.grad(e * wrong + (1 - e) * right, r)[0].sum().item()
        assert slope == pytest.approx(0, abs=1e-12)
        if alpha == 2 * beta:
            assert cost * math.exp(-alpha * best) == pytest.approx(e)


@pytest.mark.parametrize("k", [2, 5])
def test_confidence_grows_with_the_rejector_alone(k):
    r = torch.tensor([-1e9, -100.0, -1.0, 0.0, 1e-3, 1.0, 100.0, 1e9])
    logits = F.one_hot(torch.full(r.shape, k - 1), k) * _lead(r, k)[:, None]
    confidence, predicted = logits.log_softmax(-1).exp().max(-1)
    assert predicted.tolist() == [k - 1] * len(r)  # even where everything is rejected
    assert confidence.diff().gt(0).all()
    assert confidence[3].item() == pytest.approx((1 + 1 / k) / 2)  # r = 0
    assert confidence[5].item() == pytest.approx(1 / k + (1 - 1 / k) * 0.75)


def test_a_predictor_that_takes_all_epochs_is_erm():
    said = ["epochs=3", "noise=0.3"]
    objective, batch = first("method=reject", "method.predictor_share=1", *said)
    assert objective.method.starts == (0, 3)
    same(values(objective, batch), plain(*said))
    objective.begin(3)
    same(objective.predict(batch.x), objective.method.erm.network(batch.x))


def test_the_second_phase_trains_the_rejector_only():
    """Its loss by hand; the predictor, the statistics of its BatchNorm too, stays; predictions keep its class."""
    objective, batch = first("method=reject", "epochs=4", "model.norm=batch", "noise=0.4")
    network, rejector = objective.method.erm.network, objective.method.rejector
    assert objective.method.starts == (0, 2)
    objective.begin(2)
    assert set(of("method.rejector", values(objective, batch)[1])) == set()
    objective.train()
    objective.begin(3)
    before = {name: number.clone() for name, number in network.state_dict().items()}
    losses, gradients = values(objective, batch)
    assert {name.split(".")[1] for name in gradients} == {"rejector"}
    same(dict(network.state_dict()), before)
    r = rejector(network.features(batch.x))[:, 0]
    wrong = network(batch.x).argmax(1) != batch.labels
    assert 0 < wrong.sum() < len(wrong)
    same(losses, (wrong * r.exp() + 0.05 * (-r).exp()).detach())
    seen = objective.predict(batch.x)
    assert torch.equal(seen.argmax(1), network(batch.x).argmax(1))
    assert torch.equal(seen.softmax(-1).amax(1).argsort(), r.argsort())


def test_a_stored_predictor_is_what_is_rejected():
    """From the first epoch on, whatever model is configured."""
    node = cell_of("model=linear").recipe.model
    numbers = {"head.weight": torch.randn(4, 8), "head.bias": torch.zeros(4)}
    said = ["method=reject", "method.predictor=0000000000000000000a", "model=mlp"]
    objective, batch = first(*said, stored=lambda cell, seed: (node, numbers))
    assert objective.method.starts == (0,)
    assert main_network(objective) == "method.erm.network"
    same(objective.method.erm.network.head.weight.detach(), numbers["head.weight"].double())
    assert {name.split(".")[1] for name in values(objective, batch)[1]} == {"rejector"}


@pytest.mark.parametrize(
    ("method", "override", "message"),
    [
        ("reject", "cost=1", r"method.cost=1: must be a number in \(0, 1\)"),
        ("reject", "alpha=0", r"method.alpha=0: must be a number in \(0, inf\)"),
        ("reject", "beta=0", r"method.beta=0: must be a number in \(0, inf\)"),
        ("reject", "width=0", r"method.width=0: must be a whole number in \[1, 1000000\]"),
        ("reject", "predictor_share=0", r"method.predictor_share=0: must be a number in \(0, 1\]"),
    ],
)
def test_what_cannot_be_is_refused(method, override, message):
    with pytest.raises(ConfigError, match=message):
        cell_of(f"method={method}", f"method.{override}")
