"""The volume below several networks: staircases, boxes that overlap, and as counted cell by cell."""

import numpy as np
import pytest
import torch
from torch import nan, tensor

from runner.parts.measures._front import front, hypervolume


@pytest.mark.parametrize(
    ("points", "volume"),
    [
        ([[0.5]], 0.5),
        ([[0.25], [0.75], [0.5]], 0.75),
        ([[0.8, 0.6]], 0.48),
        ([[0.8, 0.6], [0.8, 0.6]], 0.48),
        ([[0.2, 0.9], [0.5, 0.5], [0.9, 0.1]], 0.2 * 0.9 + 0.3 * 0.5 + 0.4 * 0.1),
        ([[0.2, 0.9], [0.5, 0.5], [0.9, 0.1], [0.4, 0.4]], 0.2 * 0.9 + 0.3 * 0.5 + 0.4 * 0.1),
        ([[1, 1, 0.5], [0.5, 1, 1], [1, 0.5, 1]], 0.875),
        ([[0, 1, 1]], 0),
    ],
)
def test_volumes_worked_out(points, volume):
    assert hypervolume(np.array(points, dtype=float)) == pytest.approx(volume, abs=1e-12)


@pytest.mark.parametrize(("points", "dims"), [(12, 2), (12, 3), (9, 4)])
def test_it_is_what_one_counts_cell_by_cell(points, dims):
    drawn = np.random.default_rng(points * dims).integers(0, 9, (points, dims))
    corners = np.stack(np.meshgrid(*[np.arange(8)] * dims, indexing="ij"), -1).reshape(-1, dims)
    below = (corners[:, None] < drawn[None]).all(2).any(1).sum()
    assert hypervolume(drawn / 8) == pytest.approx(below / 8**dims, abs=1e-12)


def test_seeds_are_measured_apart_and_without_environments_that_they_lack():
    accuracy = tensor([[[0.2, 0.9], [0.9, 0.1]], [[0.5, nan], [0.25, nan]]], dtype=torch.float64)
    found = front(accuracy)
    assert found["hypervolume"].tolist() == pytest.approx([0.2 * 0.9 + 0.7 * 0.1, 0.5])
    assert found["front_spread"].tolist() == pytest.approx([0.8, 0.25])


def test_one_network_has_the_product_of_its_accuracies_and_no_spread():
    found = front(tensor([[[0.5, 0.8]]], dtype=torch.float64))
    assert found["hypervolume"].tolist() == pytest.approx([0.4])
    assert found["front_spread"].tolist() == [0]
