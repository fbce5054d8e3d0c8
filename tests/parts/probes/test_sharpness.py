"""Sharpness: models whose Hessian is known, and the edge of stability of a quadratic loss."""

from itertools import combinations

import pytest
import torch
from torch import nn

from runner.parts.probes.sharpness import sharpness
from tests.parts.probes.by_hand import Chain, linear, probed, square

KEYS = {"examples": 1000, "products": 100, "tolerance": 1e-6, "rate": 0.1}


def of_inputs(x, outputs=2):
    """What is seen of a linear model: the Hessian is 2 x'x / N, once for each output."""
    return probed(
        Chain(nn.Flatten(), linear(*torch.randn(outputs, x.shape[1]).tolist())), x, torch.zeros(len(x), outputs)
    )


def known(x):
    return float(torch.linalg.eigvalsh(2 * x.double().T @ x.double() / len(x))[-1])


def test_of_a_linear_model_it_is_that_of_the_inputs():
    x = torch.randn(9, 4, generator=torch.Generator().manual_seed(0))
    found = sharpness(of_inputs(x), **KEYS)
    assert found["sharpness"] == pytest.approx(known(x), rel=1e-9)
    assert found["stable_rate"] == pytest.approx(2 / known(x), rel=1e-9)


@pytest.mark.parametrize(("share", "nearness"), [(1, 1), (0.5, 0.5), (4, 0.25)])
def test_nearness_is_1_at_the_edge_and_falls_on_both_sides(share, nearness):
    x = torch.randn(9, 4, generator=torch.Generator().manual_seed(0))
    found = sharpness(of_inputs(x), **{**KEYS, "rate": share * 2 / known(x)})
    assert found["nearness"] == pytest.approx(nearness, rel=1e-6)


def test_a_product_of_two_numbers_curves_by_both_and_by_what_is_left_of_the_error():
    """(a b x - y)^2 has the Hessian 2 x (b b x, 2 a b x - y; 2 a b x - y, a a x)."""
    a, b, x, y = 0.5, 2.0, 3.0, 1.0
    network = Chain(linear([a]), linear([b]))
    found = sharpness(probed(network, torch.tensor([[x]]), torch.tensor([[y]])), **KEYS)
    matrix = 2 * x * torch.tensor([[b * b * x, 2 * a * b * x - y], [2 * a * b * x - y, a * a * x]])
    assert found["sharpness"] == pytest.approx(float(torch.linalg.eigvalsh(matrix.double())[-1]), rel=1e-9)


def test_of_a_network_it_is_that_of_all_second_derivatives():
    generator = torch.Generator().manual_seed(1)
    torch.manual_seed(0)
    network = Chain(nn.Sequential(nn.Linear(3, 4), nn.Tanh()), nn.Linear(4, 2))
    seen = probed(network, torch.randn(7, 3, generator=generator), torch.randn(7, 2, generator=generator))
    names, start = zip(*((name, each.double()) for name, each in network.named_parameters()), strict=True)
    sizes = [each.numel() for each in start]

    def loss(flat):
        parts = (part.reshape(each.shape) for part, each in zip(flat.split(sizes), start, strict=True))
        state = dict(zip(names, parts, strict=True))
        predictions = torch.func.functional_call(network, state, (seen.training.x.double(),))
        return square(predictions, seen.training)

    whole = torch.autograd.functional.hessian(loss, torch.cat([each.reshape(-1) for each in start]))
    assert sharpness(seen, **KEYS)["sharpness"] == pytest.approx(float(torch.linalg.eigvalsh(whole)[-1]), rel=1e-6)


def test_gradient_descent_falls_below_its_stable_rate_and_grows_above_it():
    x = torch.randn(9, 4, generator=torch.Generator().manual_seed(0))
    seen = of_inputs(x, outputs=1)
    limit = sharpness(seen, **KEYS)["stable_rate"]
    for share, falls in ((0.99, True), (1.01, False)):
        weight = seen.network.head.weight.double()
        for _ in range(2000):
            weight = weight - share * limit * 2 * weight @ x.double().T @ x.double() / len(x)
        assert (float((x.double() @ weight.T).square().mean()) < 1e-3) == falls


def test_of_more_examples_so_many_are_drawn():
    x = torch.randn(6, 3, generator=torch.Generator().manual_seed(0))
    found = sharpness(of_inputs(x), **{**KEYS, "examples": 4})["sharpness"]
    every = [known(x[list(place)]) for place in combinations(range(6), 4)]
    assert min(abs(found - each) for each in every) < 1e-6
    assert abs(found - known(x)) > 1e-3


def test_too_few_products_are_refused():
    x = torch.randn(50, 20, generator=torch.Generator().manual_seed(0))
    with pytest.raises(ValueError, match=r"probe\.products=3"):
        sharpness(of_inputs(x), **{**KEYS, "products": 3})


def test_a_loss_that_curves_nowhere_upwards_is_refused():
    x = torch.randn(9, 4, generator=torch.Generator().manual_seed(0))
    downwards = of_inputs(x)._replace(loss=lambda *its: -square(*its))
    with pytest.raises(ValueError, match="in no direction"):
        sharpness(downwards, **{**KEYS, "tolerance": 0.999})


def test_the_network_is_left_as_it_was():
    seen = of_inputs(torch.randn(9, 4))
    sharpness(seen, **KEYS)
    assert {(each.dtype, each.requires_grad) for each in seen.network.parameters()} == {(torch.float32, False)}
