"""Rectified flow that is trained: its loss at the closed drift, how it moves points, and rounds."""

import numpy as np
import pytest
import torch

from runner.data.streams import numbers
from runner.parts.calculations._gaussian_transport import drawn_covariance, drift, rectified_map, root
from runner.parts.calculations._rectified_flow import Drift, fit, moved, rectified
from runner.parts.calculations._transport_training import Samples, Training


def pair():
    draws = numbers("calculation", 0)
    return drawn_covariance(draws, 2, 3.0), drawn_covariance(draws, 2, 3.0)


def closed(covs, gradient=False):
    """The drift of independent pairs, of times that are all alike."""

    def found(x, t):
        return x @ torch.tensor(drift(*covs, np.zeros((2, 2)), t[0].item(), gradient)).T

    return found


@pytest.mark.parametrize("gradient", [False, True])
def test_points_move_as_the_closed_map_says(gradient):
    covs = pair()
    x = torch.tensor(numbers("calculation", 1).normal(size=(50, 2)) @ root(covs[0]))
    best = rectified_map(*covs, np.zeros((2, 2)), gradient)
    assert moved(closed(covs, gradient), x).numpy() == pytest.approx(x.numpy() @ best.T, abs=5e-3)


@pytest.mark.parametrize("gradient", [False, True])
def test_at_the_closed_drift_the_gradient_of_the_loss_vanishes(gradient):
    """Exactly: points are 2^4 corners that have the moments of independent pairs."""
    covs = pair()
    corners = torch.tensor(np.array(np.meshgrid(*[[-1.0, 1.0]] * 4)).reshape(4, 16).T)
    x, y = corners[:, :2] @ torch.tensor(root(covs[0])), corners[:, 2:] @ torch.tensor(root(covs[1]))
    best = torch.tensor(drift(*covs, np.zeros((2, 2)), 0.3, gradient)).requires_grad_()

    def linear(points, t):
        return points @ ((best + best.T) / 2 if gradient else best).T

    fit(linear, x, y, torch.full((16,), 0.3, dtype=torch.float64)).backward()
    assert best.grad.abs().max().item() < 1e-12


def test_a_potential_moves_by_its_gradient():
    flow = Drift(numbers("calculation", 0), 2, 8, potential=True)
    x, t = torch.tensor([[0.3, -0.2]], dtype=torch.float64), torch.tensor([0.4], dtype=torch.float64)

    def height(at):
        return flow.network(torch.cat([at, t[:, None]], 1)).item()

    for i in range(2):
        move = 1e-5 * torch.eye(2, dtype=torch.float64)[i]
        assert flow(x, t)[0, i].item() == pytest.approx((height(x + move) - height(x - move)) / 2e-5, abs=1e-8)


def test_the_loss_is_of_pairs_and_not_of_their_order():
    draws = numbers("calculation", 0)
    flow = Drift(draws, 2, 8, potential=False)
    x, y = (torch.tensor(draws.normal(size=(6, 2))) for _ in range(2))
    t, order = torch.tensor(draws.uniform(size=6)), [3, 1, 5, 0, 2, 4]
    first = fit(flow, x, y, t).item()
    assert fit(flow, x[order], y[order], t[order]).item() == pytest.approx(first)
    assert fit(flow, x[order], y, t).item() != pytest.approx(first)
    assert fit(lambda at, time: y - x, x, y, t).item() == 0


@pytest.mark.parametrize("rounds", [1, 2])
def test_training_comes_near_to_the_closed_map(rounds):
    covs = pair()
    draws = numbers("calculation", 2)
    samples = Samples((root(covs[0]), root(covs[1])), 0, draws)
    found = rectified(rounds, draws, samples, Training(100, 64, 0.03, 8), potential=False)
    x = torch.tensor(draws.normal(size=(200, 2)) @ root(covs[0]))
    off = found(x, draws).detach().numpy() - x.numpy() @ rectified_map(*covs, np.zeros((2, 2))).T
    assert np.mean(off**2) < 0.1 * np.trace(covs[1])
