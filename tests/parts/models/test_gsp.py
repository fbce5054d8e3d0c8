"""Generalized sum pooling: the released layer's values, its limit, and what holds of every plan."""

import json

import pytest
import torch

from runner.data.streams import generator
from runner.parts.models.gsp import GeneralizedSumPooling, transport_weights
from tests.parts.test_models import built
from tests.zoo import ROOT


def case(name):
    found = json.loads((ROOT / f"tests/values/models/gsp_{name}.json").read_text())
    numbers = {
        key: torch.tensor(value, dtype=torch.float64) for key, value in (found["inputs"] | found["output"]).items()
    }
    return numbers, found["hyper"]["mu"], found["hyper"]["gamma"]


@pytest.mark.parametrize(("name", "close"), [("near_mean", 1e-8), ("released", 1e-4)])
def test_weights_and_pooled_features_are_those_of_the_released_layer(name, close):
    """Its 100 iterations have not quite converged at gamma 20."""
    numbers, mu, gamma = case(name)
    x = numbers["features"].mT
    layer = GeneralizedSumPooling(3, 4, mu, gamma).double()
    layer.prototypes.data = numbers["prototypes"]
    costs = torch.cdist(numbers["prototypes"].expand(2, -1, -1), x.mT)
    weights = numbers["weights"].reshape(2, 6)
    torch.testing.assert_close(transport_weights(costs, mu, gamma), weights, rtol=0, atol=close)
    torch.testing.assert_close(layer(x), numbers["pooled_mean"], rtol=0, atol=close)


@pytest.mark.parametrize(("name", "close"), [("near_mean", 1e-8), ("released", 1e-3)])
def test_gradients_are_those_of_the_released_layer(name, close):
    numbers, mu, gamma = case(name)
    costs = torch.cdist(numbers["prototypes"].expand(2, -1, -1), numbers["features"]).requires_grad_()
    (transport_weights(costs, mu, gamma) * torch.arange(6)).sum().backward()
    torch.testing.assert_close(costs.grad, numbers["grad_of_sum_i_i_times_w_wrt_cost"], rtol=0, atol=close)


def test_gradients_are_those_of_differences():
    costs = torch.rand(2, 3, 5, generator=generator("x"), dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda each: transport_weights(each, 0.4, 7.0), costs)


@pytest.mark.parametrize("mu", [0.05, 0.5, 0.95])
@pytest.mark.parametrize("gamma", [0.1, 20.0, 1000.0])
def test_weights_have_a_mean_of_1_and_a_bound(mu, gamma):
    """Finite in float32, with finite gradients, however cold the plan."""
    costs = (2 * torch.rand(50, 3, 6, generator=generator("x"))).requires_grad_()
    weights = transport_weights(costs, mu, gamma)
    torch.testing.assert_close(weights.mean(1), torch.ones(50), rtol=0, atol=2e-3)
    assert weights.min() >= 0
    assert weights.max() <= 1 / mu + 1e-5
    weights[:, 0].sum().backward()
    assert costs.grad.isfinite().all()


def test_a_place_nearer_to_a_prototype_weighs_more():
    nearer, farther = transport_weights(torch.tensor([[[0.2, 0.9], [1.5, 1.5]]]), 0.5, 20.0)[0]
    assert nearer > 1 > farther


def test_without_gamma_it_is_the_mean():
    x = torch.randn(4, 7, 5, generator=generator("x"))
    torch.testing.assert_close(GeneralizedSumPooling(7, 3, 0.5, 0.0)(x), x.mean(2))


def test_features_are_as_many_as_channels_at_any_length():
    for length in (8, 40, 128):
        made = built("gsp_cnn1d", (length,), width=6)
        assert made.features(torch.randn(3, length, generator=generator("x"))).shape == (3, 6)


def test_prototypes_are_trained():
    made = built("gsp_cnn1d", (40,))
    made(torch.randn(3, 40, generator=generator("x"))).square().mean().backward()
    assert all(p.grad.isfinite().all() and p.grad.any() for p in made.parameters())
