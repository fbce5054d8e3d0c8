"""SALM: the noise of a fixed surrogate, its bounds, and its limits."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from datasets.curations.salm import minimising, most, salm
from tests.datasets.curations.cases import case, clouds, stream

USUAL = {"fraction": 0.5, "rounds": 3, "steps": 5}


def test_the_noise_of_a_fixed_surrogate_is_that_of_the_case():
    inputs, expected = case("salm_fixed_surrogate")
    x, y, w = inputs["x"], inputs["y"], inputs["W"]

    def slope(points):
        points = points.detach().requires_grad_()
        (found,) = torch.autograd.grad(cross_entropy(points @ w, y, reduction="sum"), points)
        return found

    mask = most(slope(x), inputs["fraction"])
    assert mask.double().tolist() == expected["mask"]
    noise = minimising(x, torch.zeros_like(x), mask, slope, inputs["eps"], inputs["steps"], inputs["alpha"])
    torch.testing.assert_close(noise, torch.tensor(expected["delta"], dtype=torch.float64))
    for points, name in ((x, "loss_before"), (x + noise, "loss_after")):
        assert cross_entropy(points @ w, y).item() == pytest.approx(expected[name])


def test_without_noise_inputs_are_the_same_ones():
    x, labels, mean, std = clouds()
    assert salm(x, labels, mean, std, 3, stream(), eps=0.0, **USUAL).x is None


def test_numbers_change_by_at_most_eps_deviations_and_no_more_than_the_share():
    x, labels, mean, std = clouds()
    made = salm(x, labels, mean, std, 3, stream(), eps=0.3, **USUAL).x
    change = ((made - x) / std).abs()
    assert change.max() <= 0.3 + 1e-5
    assert (change > 1e-4).sum(1).max() <= 3
    assert (change > 1e-4).any(1).all()


def test_images_stay_images():
    draw = torch.Generator().manual_seed(0)
    x = torch.randint(0, 256, (40, 1, 4, 4), generator=draw, dtype=torch.uint8)
    mean, std = torch.full((1, 1, 1), 120.0), torch.full((1, 1, 1), 70.0)
    made = salm(x, torch.arange(40) % 4, mean, std, 4, stream(), eps=8 / 255, **USUAL).x
    assert made.dtype is torch.uint8
    change = (made.int() - x.int()).abs()
    assert change.max() == 8
    assert (change > 0).flatten(1).sum(1).max() <= 8
