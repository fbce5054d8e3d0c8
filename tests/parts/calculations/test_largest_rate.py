"""The largest rate: the known one of SGD, torch's steps of Adam, and what lies between."""

import numpy as np
import pytest
import torch

from runner.data.streams import numbers
from runner.parts.calculations.largest_rate import adam, largest, largest_rate, remaining

KEYS = {"features": 200, "batches": [2, 4, 8, 16, 32], "steps": 200}


@pytest.mark.parametrize("batch", [2, 8, 32])
def test_that_of_sgd_is_where_the_expected_loss_begins_to_grow(batch):
    draws = numbers("calculation", 1)
    weights, x = draws.normal(size=200), draws.normal(size=(200, batch, 200))
    assert largest(weights, x, "sgd") == pytest.approx(2 * batch / (batch + 201), rel=0.05)


def test_steps_of_adam_are_those_of_torch():
    draws = numbers("calculation", 0)
    weights = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    optimizer, step = torch.optim.Adam([weights], lr=0.1), adam()
    mine = np.zeros(3)
    for number, gradient in enumerate(draws.normal(size=(5, 3)), 1):
        weights.grad = torch.from_numpy(gradient)
        optimizer.step()
        mine = mine - 0.1 * step(gradient, number)
    assert mine == pytest.approx(weights.detach().numpy(), abs=1e-14)


def test_a_step_of_one_example_along_one_feature():
    """The error -1 of x = 2 has gradient -4: a rate of 1/4 is exact, one of 1/2 as far on the other side."""
    x = np.full((1, 1, 1), 2.0)
    assert remaining(np.ones(1), x, 0.25, "sgd") == 0
    assert remaining(np.ones(1), x, 0.5, "sgd") == 1
    assert largest(np.ones(1), x, "sgd") == pytest.approx(0.5, rel=1e-4)


def test_batches_matter_more_to_sgd_than_to_adam():
    slopes = {
        name: largest_rate(numbers("calculation", 0), optimizer=name, **KEYS)["rate_slope"] for name in ("sgd", "adam")
    }
    assert slopes["sgd"] > slopes["adam"] + 0.2
