"""Half-Bayesian bottlenecks: both divergences by closed forms, logits by hand, and what a high price does."""

import json
import math

import numpy as np
import pytest
import torch

from runner.compose.command_line import compose_cells
from runner.data.streams import numbers
from runner.parts.calculations.half_bayes import Bottleneck, averaged, half_bayes
from runner.parts.methods.vib import divergence
from tests.objectives import same
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "theory" / "half_bayes.json").read_text())
OBJECTIVES = ["erm", "vib", "weights", "both"]
X = torch.linspace(-1, 1, 128, dtype=torch.float64).view(2, 64)


def model(objective):
    return Bottleneck(np.random.default_rng(0), 3, 2, objective)


def measured(**changed):
    (cell,) = compose_cells(["calculation=half_bayes"], multirun=False)
    keys = {key: value for key, value in cell.config["calculation"].items() if key != "_target_"}
    return half_bayes(numbers("calculation", 0), **{**keys, "steps": 150, "samples": 5, **changed})


@pytest.mark.parametrize("case", CASES)
def test_what_a_code_says_is_the_closed_form(case):
    mean, scale = (torch.tensor([case["inputs"][name]], dtype=torch.float64) for name in ("mu", "sd"))
    assert divergence(mean, scale).item() == pytest.approx(case["output"]["kl"], rel=1e-12)


def by_hand(weights, biases, noise=0.0):
    """Logits, means and deviations of codes."""
    hidden = (X @ weights[0].T + biases[0]).clamp(min=0)
    code = hidden @ weights[1].T + biases[1]
    mean, scale = code[:, :2], (code[:, 2:] - 5).exp().log1p()
    return (mean + scale * noise) @ weights[2].T + biases[2], mean, scale


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_logits_and_what_codes_say_are_those_by_hand(objective):
    net, draws = model(objective), np.random.default_rng(1)
    with torch.no_grad():
        for bias in net.biases:
            bias.uniform_(-1, 1, generator=torch.Generator().manual_seed(0))
    logits, rate = net(X, np.random.default_rng(1))
    weights = net.means
    if objective in ("weights", "both"):
        drawn = [torch.tensor(draws.normal(size=w.shape)) for w in weights]
        weights = [w + s.exp().log1p() * eps for w, s, eps in zip(weights, net.raw, drawn, strict=True)]
    noise = torch.tensor(draws.normal(size=(2, 2))) if objective in ("vib", "both") else 0.0
    expected, mean, scale = by_hand(weights, net.biases, noise)
    same(logits, expected)
    says = (mean.square() + scale.square() - 2 * scale.log() - 1).sum(1).mean() / 2
    same(rate, says if objective in ("vib", "both") else 0 * says)


def test_weights_are_as_far_from_the_prior_as_the_closed_form_says():
    """At first deviations are a tenth of the prior's: log 10 + (0.01 + (mean / prior)^2 - 1) / 2 a weight."""
    net = model("both")
    priors = [math.sqrt(2 / 64), math.sqrt(1 / 3), math.sqrt(1 / 2)]
    expected = sum(
        (math.log(10) + (0.01 + (w / p).square() - 1) / 2).sum() for w, p in zip(net.means, priors, strict=True)
    )
    assert net.divergence().item() == pytest.approx(expected.item(), rel=1e-9)
    for w, s, p in zip(net.means, net.raw, priors, strict=True):
        with torch.no_grad():
            w.zero_()
            s.fill_(math.log(math.expm1(p)))
    assert net.divergence().item() == pytest.approx(0, abs=1e-9)
    assert model("vib").divergence() == 0


def test_only_random_weights_have_deviations_to_train():
    assert [len(model(objective).parameters()) for objective in OBJECTIVES] == [6, 6, 9, 9]
    assert all(one.requires_grad for one in model("both").parameters())


def test_predictions_average_probabilities_and_not_logits():
    found = averaged([torch.tensor([[0.0, math.log(3)]]), torch.tensor([[0.0, 0.0]])])
    torch.testing.assert_close(found.exp(), torch.tensor([[3 / 8, 5 / 8]]))


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_predictions_are_of_as_many_draws_as_are_asked_for(objective):
    net = model(objective)
    once, often = (net.predict(X, np.random.default_rng(1), samples) for samples in (1, 3))
    torch.testing.assert_close(often.exp().sum(1), torch.ones(2, dtype=torch.float64))
    assert torch.equal(once, often) == (objective == "erm")
    draws = np.random.default_rng(1)
    same(often, averaged([net(X, draws)[0] for _ in range(3)]))


def test_arms_of_a_seed_begin_alike():
    first = [measured(objective=objective, steps=0)["accuracy"] for objective in ("erm", "vib")]
    assert first == pytest.approx([0.1, 0.1], abs=0.12)
    assert all(
        torch.equal(a, b) for one in OBJECTIVES for a, b in zip(model(one).means, model("erm").means, strict=True)
    )


def test_without_a_price_a_code_learns_and_at_a_high_one_it_says_nothing():
    assert measured(objective="vib", code_price=0.0)["accuracy"] > 0.8
    assert measured(objective="vib", code_price=100.0)["nll"] == pytest.approx(math.log(10), abs=0.1)


def test_the_price_of_weights_is_shared_by_all_examples():
    shared = {"objective": "weights", "train_size": 1000, "weight_price": 0.1}
    assert measured(**shared)["accuracy"] > 0.8
    assert measured(**{**shared, "weight_price": 1000.0})["accuracy"] < 0.5


def test_a_sure_network_is_miscalibrated_by_how_often_it_is_wrong():
    """Of one example it has learnt that there is one class."""
    found = measured(objective="erm", train_size=1, lr=0.1)
    assert found["accuracy"] == pytest.approx(0.1, abs=0.02)
    assert found["ece"] == pytest.approx(1 - found["accuracy"], abs=0.01)
    assert found["nll"] > 5
