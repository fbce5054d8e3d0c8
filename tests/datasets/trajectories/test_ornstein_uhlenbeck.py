"""Steps of an Ornstein-Uhlenbeck process: its moments, and Hermite polynomials as eigenfunctions."""

import math

import pytest
import torch

from tests.datasets.files import load

A = math.exp(-0.25)


def made(**changed):
    return load("ornstein_uhlenbeck", **changed).checked()


def test_a_step_ends_where_the_next_begins():
    split = made(num_train=50, num_test=20, dim=2)
    x = torch.cat([split.x, split.test_x])
    assert x.shape == (70, 2, 2)
    assert torch.equal(x[1:, 0], x[:-1, 1])
    assert torch.equal(torch.cat([split.y, split.test_y]), x[:, 1])


def test_it_is_stationary_and_forgets_at_its_rate():
    x = made(num_train=40000).x.double()
    assert x.mean().item() == pytest.approx(0.0, abs=0.05)
    assert x.var().item() == pytest.approx(1.0, abs=0.05)
    assert (x[:, 0] * x[:, 1]).mean().item() == pytest.approx(A, abs=0.05)


@pytest.mark.parametrize("degree", [1, 2, 3])
def test_hermite_polynomials_are_eigenfunctions(degree):
    """E h(x') = lambda h(x): so the mean of h(x') h(x) is lambda times that of h(x)^2."""
    split = made(num_train=200000)
    hermite = {1: lambda x: x, 2: lambda x: x**2 - 1, 3: lambda x: x**3 - 3 * x}[degree]
    now, after = hermite(split.x.double()).unbind(1)
    found = ((now * after).mean() / now.square().mean()).item()
    assert found == pytest.approx(split.optimum[f"real_{degree}"], abs=0.03)
    assert split.optimum[f"imaginary_{degree}"] == 0


@pytest.mark.parametrize(("dim", "powers"), {1: (1, 2, 3), 2: (1, 1, 2), 3: (1, 1, 1), 9: (1, 1, 1)}.items())
def test_each_coordinate_has_its_own(dim, powers):
    optimum = made(num_train=9, num_test=9, dim=dim).optimum
    assert [optimum[f"real_{k}"] for k in (1, 2, 3)] == pytest.approx([A**power for power in powers])
    assert optimum["forecast_rmse"] == pytest.approx(math.sqrt(1 - A**2))
