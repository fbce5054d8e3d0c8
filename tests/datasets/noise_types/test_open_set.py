"""Open-set noise: inputs of another data set under labels of this one."""

import pytest
import torch

from runner.nodes.build import build
from tests.datasets.noise_types.flipping import OTHER, N, Y


def test_open_set_noise_replaces_inputs_and_keeps_labels(flip):
    found = flip("open_set", 0.4)
    assert torch.equal(found.given, Y)
    assert torch.equal(found.pool, build("dataset", OTHER).x)
    assert set(found.outside[found.outside >= 0].tolist()) == set(range(50))


def test_open_set_inputs_of_another_shape_are_refused(flip):
    with pytest.raises(ValueError, match=r"must be .*\(7,\)"):
        flip("open_set", 0.4, x=torch.zeros(N, 7))
